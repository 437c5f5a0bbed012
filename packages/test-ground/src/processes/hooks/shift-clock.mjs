// Loaded into a service: shifts its wall clock by CLOCK_SHIFT_MS. Monotonic clocks, timers and every other process keep
// the right time. No source of the product mentions this.
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const RightDate = Date;

globalThis.Date = class ShiftedDate extends RightDate {
  constructor(...args) {
    if (args.length === 0) super(RightDate.now() + shiftMs);
    else super(...args);
  }

  static now() {
    return RightDate.now() + shiftMs;
  }
};
