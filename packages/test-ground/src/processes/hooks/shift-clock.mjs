// Loaded into a service: its wall clock is wrong by CLOCK_SHIFT_MS. Clocks that never step, timers and every other
// process keep the right time. The product knows nothing of it.
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
