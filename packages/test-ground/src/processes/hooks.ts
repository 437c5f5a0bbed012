/**
 * Variables for a process of the product by which a test disturbs it from within. The product itself has no such
 * switch.
 */
export const hooks = {
  /** SIGUSR2 stops its event loop for so long, milliseconds. */
  stallOnSignal: (stallMs: number) => hook('stall-on-signal', { STALL_MS: String(stallMs) }),
  /** SIGUSR2 fills a heap of this size up to this share, and the next SIGUSR2 empties it. */
  fillHeapOnSignal: (heapMiB: number, share: number) =>
    hook(
      'fill-heap-on-signal',
      { HEAP_BYTES: String(heapMiB * share * 2 ** 20) },
      `--max-old-space-size=${heapMiB} --max-semi-space-size=4`,
    ),
  /** Shifts its wall clock by so many milliseconds. */
  shiftClock: (shiftMs: number) => hook('shift-clock', { CLOCK_SHIFT_MS: String(shiftMs) }),
} as const;

function hook(name: string, variables: Readonly<Record<string, string>>, flags = ''): Readonly<Record<string, string>> {
  const file = new URL(`./hooks/${name}.mjs`, import.meta.url).href;
  return { NODE_OPTIONS: `--import=${file} ${flags}`.trim(), ...variables };
}
