import { gzipSync } from 'node:zlib';
import { corporaMissing, haveCorpora, jsonFiles, sendBytes } from '@engagetrack/system-test/hostile';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KeysHarness, startKeys } from '../harness.ts';

const path = '/api/v1/organizations/org_a/api-keys';
/** Generous for a busy machine: whatever is quadratic or worse takes far longer. */
const slowMs = 250;

describe('T: what a document may cost the key service', () => {
  let keys: KeysHarness;
  let owner: string;
  beforeAll(async () => {
    keys = await startKeys();
    await keys.addUser('owner@example.test');
    await keys.addOrganization('org_a', 'agency', { 'owner@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
  });
  afterAll(() => keys.stop());

  const post = async (body: string, lines: readonly string[] = []) => {
    const head = [
      `POST ${path} HTTP/1.1`,
      'Host: a',
      `Authorization: ${owner}`,
      'Content-Type: application/json',
      'Connection: close',
      `Content-Length: ${body.length}`,
      ...lines,
    ];
    const outcome = await sendBytes({
      port: Number(new URL(keys.url).port),
      pieces: [`${head.join('\r\n')}\r\n\r\n${body}`],
      patienceMs: 5_000,
    });
    const [answer] = outcome.answers;
    if (answer === undefined) throw new Error(`No answer: ${outcome.end} ${outcome.bytes}`);
    expect(answer.body).not.toMatch(/SyntaxError|at [A-Za-z.]+ \(|node_modules|position \d/);
    return { status: answer.status, ms: outcome.ms };
  };

  it('T15 refuses documents that are too deep, too wide or too odd, at once', async () => {
    const before = process.memoryUsage().rss;
    for (const body of [
      ...['[', '{"a":', '[{"a":['].map((unit) => unit.repeat(Math.floor(60_000 / unit.length))),
      ...['['.repeat(1_000_000), `{${Array.from({ length: 100_000 }, (_, n) => `"k${n}":1`).join()}}`],
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
    ]) {
      const { status, ms } = await post(body);
      expect([400, 413]).toContain(status);
      expect(ms).toBeLessThan(slowMs);
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 2 ** 20);
  });

  (haveCorpora ? it : it.skip)(
    `T15 answers every file of the JSON parsing tests 400 or 413, at once${haveCorpora ? '' : ` (${corporaMissing})`}`,
    async () => {
      let files = 0;
      for (const { text, where } of jsonFiles()) {
        files += 1;
        const { status, ms } = await post(text);
        expect([where, [400, 413].includes(status)]).toEqual([where, true]);
        expect(ms).toBeLessThan(slowMs);
      }
      expect(files).toBe(318);
    },
  );

  it('T16 unpacks no document', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, '[')).toString('latin1');
    for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'x-gzip']) {
      const { status } = await post(bomb.slice(0, 60_000), [`Content-Encoding: ${coding}`]);
      expect(status).toBe(415);
    }
  });
});
