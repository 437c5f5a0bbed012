// Loaded into the processes of a proof that must fail: changes the product's sources as they are read, so that one rule
// of the revocation protocol is off. No source of the product mentions this.
import { registerHooks } from 'node:module';

const changes = JSON.parse(process.env.SWITCHED_OFF ?? '[]');

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    const own = changes.filter(({ file }) => url.endsWith(`/${file}`));
    if (own.length === 0) return loaded;
    let source = loaded.source?.toString() ?? '';
    for (const { file, from, to } of own) {
      if (source.split(from).length !== 2) throw new Error(`The change does not fit ${file} any more: ${from}`);
      source = source.replace(from, () => to);
      console.error(`switched off in ${file}`);
    }
    return { ...loaded, source };
  },
});
