import { accessSync, constants } from 'node:fs';

const usualFiles = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** The browser to test in: `CHROMIUM`, else where Linux distributions put one. */
export function findChromium(): string | undefined {
  const chosen = process.env.CHROMIUM;
  return (chosen ? [chosen] : usualFiles).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
