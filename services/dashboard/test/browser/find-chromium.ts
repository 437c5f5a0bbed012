import { isExecutable } from '@engagetrack/test-ground/stores';
import { unpackChromium } from './unpack-chromium.ts';

export type FoundChromium =
  | { readonly kind: 'found'; readonly file: string }
  /** One sentence that says what to install or set. */
  | { readonly kind: 'missing'; readonly advice: string };

const usualFiles = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const advice = 'install a Chromium (Debian, Ubuntu: apt-get install chromium), or set CHROMIUM to its file';

/**
 * Finds the browser to test in: `CHROMIUM`, else the one of the Linux distribution, else on Debian the packaged one,
 * unpacked into the workspace's cache folder.
 */
export async function findChromium(): Promise<FoundChromium> {
  const chosen = process.env.CHROMIUM;
  if (chosen) {
    if (isExecutable(chosen)) return { kind: 'found', file: chosen };
    return { kind: 'missing', advice: `set CHROMIUM to a file that can be run; ${chosen} is none` };
  }
  const usual = usualFiles.find(isExecutable);
  if (usual !== undefined) return { kind: 'found', file: usual };
  try {
    const unpacked = await unpackChromium();
    return unpacked === undefined ? { kind: 'missing', advice } : { kind: 'found', file: unpacked };
  } catch {
    return { kind: 'missing', advice: `${advice} (the package could not be fetched and unpacked just now)` };
  }
}
