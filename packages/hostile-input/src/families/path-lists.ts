import { corporaMissing, corpusLines, haveCorpora } from '../corpora.ts';
import { type Family, sites } from '../hostile-input.ts';
import { expectationFor } from '../judge-target.ts';

/** Every line of the public path lists, behind a valid path and alone. */
export const pathLists: Family = {
  name: 'path lists',
  weight: 30,
  ...(!haveCorpora && { skipped: corporaMissing }),
  *inputs(kit) {
    for (const { text, where } of corpusLines('path', 'redirect'))
      for (const target of [sites + text, `${sites}/${text}`, text]) {
        const nonce = kit.next();
        yield {
          nonce,
          what: `${where} as ${target === text ? 'the target' : 'the end of the target'}`,
          pieces: [kit.head({ nonce, target })],
          expects: expectationFor(target),
        };
      }
  },
};
