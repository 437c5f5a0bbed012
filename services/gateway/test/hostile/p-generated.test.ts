import { fileURLToPath } from 'node:url';
import { Problem } from '@engagetrack/contracts';
import {
  corporaMissing,
  corpusLines,
  expectationFor,
  haveCorpora,
  insert,
  misreadBy,
  positions,
  sites,
} from '@engagetrack/hostile-input';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRouteTableFile } from '../../src/index.ts';
import { parseRequestTarget, segmentsOf } from '../../src/request-target.ts';
import { refusalOf } from './refusal-of.ts';

const table = readRouteTableFile(fileURLToPath(new URL('../../config/routes.yaml', import.meta.url)), {
  substitutions: { UPSTREAM_URL: 'http://127.0.0.1:1', KEYS_URL: 'http://127.0.0.1:2' },
});

/** The path that is decided on and forwarded; undefined when the target is refused. */
function accepted(target: string): { readonly path: string; readonly route: string | undefined } | undefined {
  try {
    const parsed = parseRequestTarget(target);
    expect(parsed.raw).toBe(target);
    const segments = segmentsOf(parsed);
    const match = table.match('GET', segments);
    return { path: `/${segments.join('/')}`, route: match.kind === 'none' ? undefined : match.route.id };
  } catch (error) {
    if (error instanceof Problem && [400, 414].includes(error.status)) return undefined;
    throw error;
  }
}

/** An independent judge decides what is in the grammar, and every sloppy upstream must read the same path. */
function judge(target: string): string | undefined {
  const result = accepted(target);
  // The parser refuses bytes that fall apart before there is a target.
  const statuses = /[\r\n\0\t ]/.test(target) ? [400] : (expectationFor(target).statuses ?? []);
  const mayBeAccepted = statuses.some((status) => status < 400 || status === 401 || status === 404);
  if ((result !== undefined) !== mayBeAccepted) return result === undefined ? 'is refused' : 'is accepted';
  const misreaders = result === undefined ? [] : misreadBy(target);
  return misreaders.length > 0 ? `is another path to an upstream that ${misreaders.join(', or ')}` : undefined;
}

describe('P: targets made by insertion, and targets from public lists', () => {
  it('P47 accepts only targets inside the grammar, with every one or two bytes inserted anywhere', () => {
    const wrong: string[] = [];
    let inputs = 0;
    const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
    for (const position of positions)
      for (const first of bytes)
        for (const second of ['', ...bytes]) {
          inputs += 1;
          const target = insert(position, first + second);
          const complaint = judge(target);
          if (complaint !== undefined) wrong.push(`${JSON.stringify(target)} ${complaint}`);
        }
    expect(inputs).toBe(5 * (256 + 65_536));
    expect(wrong.slice(0, 10)).toEqual([]);
  });

  it('P48 accepts no target that one of five sloppy upstreams takes for another route', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...[
          '/',
          '//',
          '\\',
          '.',
          '..',
          ';',
          ';x',
          '%2e',
          '%2f',
          '%5c',
          '%00',
          '%252e',
          '%c0%ae',
          '?',
          '#',
          'api',
          'v1',
          'sites',
          'org_demo',
          '_',
          '-',
          'A',
        ],
      ),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.string({ unit: fc.constantFrom(...'abcXYZ019_-/%?.;'), maxLength: 6 }),
    );
    const target = fc
      .tuple(fc.constantFrom(sites, '/', '', '/api/v1/organizations/'), fc.array(piece, { maxLength: 6 }))
      .map(([start, pieces]) => start + pieces.join(''));
    fc.assert(
      fc.property(target, (text) => {
        const latin1 = Buffer.from(text, 'utf8').toString('latin1');
        for (const each of [text, latin1]) expect([each, judge(each)]).toEqual([each, undefined]);
      }),
      { numRuns: 20_000 },
    );
  });

  (haveCorpora ? it : it.skip)(
    `P46 accepts no line of the path lists that leaves the grammar${haveCorpora ? '' : ` (${corporaMissing})`}`,
    () => {
      const wrong: string[] = [];
      let inputs = 0;
      for (const { text, where } of corpusLines('path', 'redirect', 'crlf'))
        for (const target of [text, sites + text, `${sites}/${text}`]) {
          inputs += 1;
          const complaint = judge(target);
          if (complaint !== undefined) wrong.push(`${where} ${complaint}`);
        }
      expect(inputs).toBeGreaterThan(60_000);
      expect(wrong.slice(0, 10)).toEqual([]);
    },
  );

  it('S06 refuses every one-byte mutation of the framing fields that is not a harmless one', () => {
    let inputs = 0;
    const wrong: string[] = [];
    for (const [name, value] of [
      ['Transfer-Encoding', 'chunked'],
      ['Content-Length', '5'],
    ] as const)
      for (let at = 0; at <= value.length; at += 1)
        for (let byte = 0; byte < 256; byte += 1)
          for (const removed of [0, 1]) {
            inputs += 1;
            const mutation = value.slice(0, at) + String.fromCharCode(byte) + value.slice(at + removed);
            const isHarmless =
              name === 'Content-Length'
                ? /^(0|[1-9][0-9]{0,14})$/.test(mutation)
                : mutation.toLowerCase() === 'chunked';
            const refusal = refusalOf({ rawHeaders: ['Host', 'api.test', name, mutation] });
            if ((refusal === undefined) !== isHarmless) wrong.push(`${name}: ${JSON.stringify(mutation)}`);
          }
    expect(inputs).toBeGreaterThan(5_000);
    expect(wrong).toEqual([]);
  });
});
