import { sendBytes } from '@engagetrack/hostile-input';
import { expect } from '@jest/globals';
import type { KeysHarness } from '../harness.ts';

const path = '/api/v1/organizations/org_a/api-keys';

/** Documents that are too deep, too wide or too odd; the first three open brackets and never close them. */
export const hostileDocuments: readonly string[] = [
  ...['[', '{"a":', '[{"a":['].map((unit) => unit.repeat(Math.floor(60_000 / unit.length))),
  ...['['.repeat(1_000_000), `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join()}}`],
  // Near the deepest document below a body's ceiling.
  `${'['.repeat(32_000)}${']'.repeat(32_000)}`,
  `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":1`).join()}}`,
  `{${'"name":"x",'.repeat(5_000)}"name":"y"}`,
  ...[
    '{"name":1e400}',
    '{"name":"\\ud800","scopes":["sites:read"]}',
    '\ufeff{}',
    '\xef\xbb\xbf{"name":"x"}',
    `{"name":${'1'.repeat(50_000)}}`,
    `"${'\\u0000'.repeat(10_000)}"`,
  ],
];

/** Sends documents to the key service as an owner of an organization. */
export async function createDocumentSender(keys: KeysHarness) {
  await keys.addUser('owner@example.test');
  await keys.addOrganization('org_a', 'agency', { 'owner@example.test': 'owner' });
  const authorization = await keys.logIn('owner@example.test');
  return async (body: string, lines: readonly string[] = []): Promise<{ status: number; ms: number }> => {
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: a',
      `Authorization: ${authorization}`,
      'Content-Type: application/json',
      'Connection: close',
      `Content-Length: ${body.length}`,
      ...lines,
    ];
    const outcome = await sendBytes({
      port: Number(new URL(keys.url).port),
      pieces: [`${head.join('\r\n')}\r\n\r\n${body}`],
      patienceMs: 20_000,
      deadlineMs: 30_000,
    });
    const [answer] = outcome.answers;
    if (answer === undefined) throw new Error(`No answer: ${outcome.end} ${outcome.bytes}`);
    expect(answer.body).not.toMatch(/SyntaxError|at [A-Za-z.]+ \(|node_modules|position \d/);
    return { status: answer.status, ms: outcome.ms };
  };
}
