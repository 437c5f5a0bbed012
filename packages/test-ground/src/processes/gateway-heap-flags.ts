import { readFile } from 'node:fs/promises';

/** The flags for V8's heap that `npm run start:gateway` starts a gateway with. */
export async function gatewayHeapFlags(): Promise<readonly string[]> {
  const file = new URL('../../../../package.json', import.meta.url);
  const { scripts } = parseManifest(JSON.parse(await readFile(file, 'utf8')));
  return scripts['start:gateway']?.match(/--(?:heap|max|min)-\S+/g) ?? [];
}

function parseManifest(manifest: unknown): { readonly scripts: Readonly<Record<string, string>> } {
  return manifest as { readonly scripts: Readonly<Record<string, string>> };
}
