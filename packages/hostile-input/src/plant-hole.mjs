// Loaded into a gateway process of the hostile suite: removes one guard from its sources as they are read, to test that
// the suite notices. No source of the product mentions this.
import { registerHooks } from 'node:module';
import { posix } from 'node:path';

const { file, from, to } = JSON.parse(process.env.PLANTED_HOLE ?? '');
const path = posix.join('/services/gateway/src', file);
let planted = false;

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.endsWith(path)) return loaded;
    const source = loaded.source?.toString() ?? '';
    if (source.split(from).length !== 2) throw new Error(`The hole does not fit ${file} any more: ${from}`);
    planted = true;
    return { ...loaded, source: source.replace(from, () => to) };
  },
});

process.on('exit', () => {
  if (!planted) console.error(`The hole was never planted: ${file}`);
});
