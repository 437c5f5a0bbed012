import { statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';

export interface SystemUser {
  readonly uid: number;
  readonly gid: number;
}

/** `nobody`: Postgres refuses to run as root. */
const unprivileged: SystemUser = { uid: 65_534, gid: 65_534 };

const passableByAll = 0o001;

/** The user that a server must run as; undefined where it may run as the user of this process. */
export function serverUser(): SystemUser | undefined {
  return process.getuid?.() === 0 ? unprivileged : undefined;
}

/** The temporary folder, unless the user may not enter one of its parents, such as root's home. */
export function temporaryFolderFor(user: SystemUser | undefined): string {
  const preferred = tmpdir();
  if (user === undefined) return preferred;
  for (let folder = preferred; ; folder = dirname(folder)) {
    if ((statSync(folder).mode & passableByAll) === 0) return '/tmp';
    if (folder === dirname(folder)) return preferred;
  }
}
