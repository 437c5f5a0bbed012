import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AptGet, unpackPackages } from '@engagetrack/test-ground/stores';

const unpackDeadlineMs = 300_000;

/**
 * Unpacks Debian's own Chromium with every library that the machine lacks: about 140 MB to fetch, once.
 * @returns the file to run, or undefined on a system without `apt-get`.
 * @throws when the packages are not there within the deadline.
 */
export function unpackChromium(): Promise<string | undefined> {
  return unpackPackages({
    name: 'chromium',
    choose: missingPackages,
    arrange: writeFontSettings,
    launcher: [
      // Also looks for fonts beside the browser: a machine without a desktop has none.
      'export FONTCONFIG_FILE=$here/etc/fonts.conf',
      'LD_LIBRARY_PATH=$libraries:$libraries/pulseaudio exec "$here/lib/chromium/chromium" "$@"',
    ],
    deadlineMs: unpackDeadlineMs,
  });
}

/** Simulates an installation and lists its packages: `Inst chromium (150.0 Debian:12 [amd64])`. */
async function missingPackages(aptGet: AptGet): Promise<readonly string[]> {
  const plan = await aptGet('--simulate', '--no-install-recommends', 'install', 'chromium');
  return [...plan.matchAll(/^Inst (\S+)/gm)].map(([, name = '']) => name);
}

async function writeFontSettings(usr: string): Promise<void> {
  await mkdir(join(usr, 'etc'), { recursive: true });
  await writeFile(
    join(usr, 'etc/fonts.conf'),
    `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">../share/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <alias><family>monospace</family><prefer><family>DejaVu Sans Mono</family></prefer></alias>
  <match><edit name="family" mode="append_last"><string>DejaVu Sans</string></edit></match>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`,
  );
}
