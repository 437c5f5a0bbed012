import { annotations, type Family, type HostileInput, type InputKit, sites } from '../hostile-input.ts';

/** The same requests, cut at every index: their meaning must not depend on how the bytes arrive. */
export const splits: Family = {
  name: 'splits',
  weight: 2,
  *inputs(kit) {
    for (const kind of kinds) {
      const length = kind.text(kit, kit.next()).length;
      for (let at = 1; at < length; at += 1) yield inputFor(kit, kind, (text) => [text.slice(0, at), text.slice(at)]);
      yield inputFor(kit, kind, (text) => [...text]);
    }
    for (;;) {
      const { random } = kit;
      yield inputFor(kit, random.pick(kinds), (text) => {
        const cuts = Array.from({ length: 2 + Math.floor(random.next() * 4) }, () =>
          Math.floor(random.next() * text.length),
        );
        const ends = [...cuts.toSorted((a, b) => a - b), text.length];
        return ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end)).filter((piece) => piece !== '');
      });
    }
  },
};

interface Kind {
  readonly status: number;
  readonly body?: string;
  readonly target: string;
  text(kit: InputKit, nonce: string): string;
}

const kinds: readonly Kind[] = [
  { status: 200, target: sites, text: (kit, nonce) => kit.head({ nonce }) },
  {
    status: 200,
    target: annotations,
    body: 'hello',
    text: (kit, nonce) =>
      `${kit.head({ nonce, method: 'POST', target: annotations, lines: ['Content-Length: 5'] })}hello`,
  },
  {
    status: 200,
    target: annotations,
    body: 'hello, world',
    text: (kit, nonce) =>
      `${kit.head({ nonce, method: 'POST', target: annotations, lines: ['Transfer-Encoding: chunked'] })}5;a=b\r\nhello\r\n7\r\n, world\r\n0\r\nX-A: b\r\n\r\n`,
  },
  { status: 400, target: sites, text: (kit, nonce) => kit.head({ nonce, target: `${sites}/%2e%2e` }) },
  { status: 400, target: sites, text: (kit, nonce) => kit.head({ nonce, lines: ['X A: b'] }) },
  { status: 401, target: sites, text: (kit, nonce) => kit.head({ nonce, authorization: null }) },
];

function inputFor(
  kit: InputKit,
  { status, body = '', target, text }: Kind,
  cut: (text: string) => readonly string[],
): HostileInput {
  const nonce = kit.next();
  const pieces = cut(text(kit, nonce));
  const seen = status === 200 ? 1 : 0;
  return {
    nonce,
    what: `${status} in ${pieces.length} pieces, the first of ${pieces[0]?.length} bytes`,
    pieces,
    expects: { seen: [seen, seen], inOrder: [status], request: { target, body } },
  };
}
