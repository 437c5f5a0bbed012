import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { StartupError } from '@engagetrack/service-chassis';

/** One built file, ready to be sent. */
export interface Asset {
  readonly contentType: string;
  readonly identity: Buffer;
  /** Absent where compression does not pay. */
  readonly gzip?: Buffer;
  readonly br?: Buffer;
}

export interface Assets {
  /** The one page of the application. */
  readonly page: string;
  /** Files by request path, such as `/assets/index-4f2a91c0.js`; a path that is missing here answers 404. */
  readonly files: ReadonlyMap<string, Asset>;
}

const contentTypes: ReadonlyMap<string, string> = new Map([
  ['.css', 'text/css; charset=utf-8'],
  ['.js', 'text/javascript; charset=utf-8'],
  ['.svg', 'image/svg+xml'],
]);

const compressedBytesMin = 512;
const brotliQuality = 9;

/** Reads the built files, once, into memory. @throws StartupError when the folder holds no build. */
export function readAssets(folder: string): Assets {
  const names = readNames(folder);
  const files = new Map<string, Asset>();
  for (const name of names) {
    const contentType = contentTypes.get(extname(name));
    if (contentType === undefined) continue;
    files.set(`/${name.split(sep).join('/')}`, createAsset(contentType, readFileSync(join(folder, name))));
  }
  return { page: readFileSync(join(folder, 'index.html'), 'utf8'), files };
}

function readNames(folder: string): readonly string[] {
  try {
    const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    if (entries.includes('index.html')) return entries;
  } catch {
    // Falls through to the sentence for a folder without a page.
  }
  throw new StartupError(
    `ASSETS_FOLDER: ${folder} holds no built dashboard; build it with: npx vite build services/dashboard`,
  );
}

function createAsset(contentType: string, identity: Buffer): Asset {
  if (identity.length < compressedBytesMin) return { contentType, identity };
  return {
    contentType,
    identity,
    gzip: gzipSync(identity, { level: constants.Z_BEST_COMPRESSION }),
    br: brotliCompressSync(identity, { params: { [constants.BROTLI_PARAM_QUALITY]: brotliQuality } }),
  };
}
