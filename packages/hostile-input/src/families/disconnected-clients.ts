import { annotations, type Family, type HostileInput, type InputKit, sites } from '../hostile-input.ts';

/** Clients that reset their connection: behind every kind of request and in the middle of each. */
export const disconnectedClients: Family = {
  name: 'disconnected clients',
  weight: 3,
  *inputs(kit) {
    for (;;) {
      yield inputFor(kit, kit.random.pick(kinds)(kit));
      const { nonce, pieces } = kit.random.pick(kinds)(kit);
      const text = pieces.join('');
      yield inputFor(kit, { nonce, pieces: [text.slice(0, Math.floor(kit.random.next() * text.length))] });
    }
  },
};

type Sent = Pick<HostileInput, 'nonce' | 'pieces'>;

const kinds: readonly ((kit: InputKit) => Sent)[] = [
  (kit) => sent(kit, (nonce) => kit.head({ nonce, connection: null })),
  (kit) => sent(kit, (nonce) => kit.head({ nonce, connection: null }).repeat(5)),
  (kit) => sent(kit, (nonce) => kit.head({ nonce, connection: 'Upgrade', lines: ['Upgrade: websocket'] })),
  (kit) =>
    sent(kit, (nonce) =>
      kit.head({ nonce, connection: 'Upgrade, HTTP2-Settings', lines: ['Upgrade: h2c', 'HTTP2-Settings: AAMA'] }),
    ),
  (kit) => sent(kit, (nonce) => kit.head({ nonce, method: 'CONNECT', target: 'evil.test:80' })),
  (kit) => sent(kit, (nonce) => kit.head({ nonce, target: `${sites}//` })),
  (kit) => sent(kit, (nonce) => kit.head({ nonce, authorization: null })),
  (kit) => sent(kit, (nonce) => kit.head({ nonce, lines: ['Expect: 100-continue', 'Trailer: x'] })),
  (kit) =>
    sent(
      kit,
      (nonce) =>
        `${kit.head({ nonce, method: 'POST', target: annotations, lines: ['Transfer-Encoding: chunked'] })}5\r\nhello\r\nzz\r\n`,
    ),
  (kit) =>
    sent(
      kit,
      (nonce) => `${kit.head({ nonce, method: 'POST', target: annotations, lines: ['Content-Length: 100000'] })}begin`,
    ),
  (kit) => sent(kit, (nonce) => `GARBAGE ${nonce}\r\n\r\n`),
];

function sent(kit: InputKit, text: (nonce: string) => string): Sent {
  const nonce = kit.next();
  return { nonce, pieces: [text(nonce)] };
}

const pipelinedMost = 5;

function inputFor({ random }: InputKit, { nonce, pieces }: Sent): HostileInput {
  return {
    nonce,
    what: `leaves behind ${JSON.stringify(pieces.join('').slice(0, 60))}`,
    pieces,
    // Most disconnect at once, some while the answer is under way.
    leavesAfterMs: Math.floor(random.next() ** 3 * 60),
    expects: { seen: [0, pipelinedMost], maySaveTheAnswer: true, mayBeCutOff: true },
  };
}
