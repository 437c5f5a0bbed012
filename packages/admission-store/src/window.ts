/**
 * The end of the fixed window that an instant lies in, Unix milliseconds. Windows are aligned to multiples of their
 * length since the Unix epoch, so a 60-second window ends on the minute; an instant on the edge opens the next one.
 */
export function windowEndMs(nowMs: number, windowSeconds: number): number {
  const windowMs = windowSeconds * 1000;
  return (Math.floor(nowMs / windowMs) + 1) * windowMs;
}
