// Loaded into services to make them a later version of themselves: their admission scripts have another text and the
// same effect.
import { registerHooks } from 'node:module';

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith('/packages/admission-store/src/generation-scripts.ts')) return loaded;
    const source = loaded.source?.toString() ?? '';
    const newer = source.replace(/\b(spend|pulse): script\(`/g, '$&-- of a later version\n');
    if (newer === source) throw new Error('The admission scripts are not where a later version would change them');
    return { ...loaded, source: newer };
  },
});
