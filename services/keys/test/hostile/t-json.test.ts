import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { corporaMissing, haveCorpora, jsonFiles, sendBytes } from '@engagetrack/hostile-input';
import { ownCpuMs } from '@engagetrack/test-ground';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KeysHarness, startKeys } from '../harness.ts';

const path = '/api/v1/organizations/org_a/api-keys';
/** Milliseconds of this process's own time for one document, the request around it included. */
const cpuMsMax = 50;
/** What costs much by itself costs much every time. */
const attemptsMax = 5;
const grownBytesMax = 20 * 2 ** 20;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
/** What is in use, wherever it lies. */
const usedBytes = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

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
    return answer.status;
  };
  /** Asked again until an answer cost little, or none will. */
  const judge = async (body: string) => {
    for (let attempt = 1; ; attempt += 1) {
      let status = 0;
      const ms = await ownCpuMs(async () => {
        status = await post(body);
      });
      if (ms < cpuMsMax || attempt === attemptsMax) return { status, isSlow: ms >= cpuMsMax };
    }
  };

  it('T15 refuses documents that are too deep, too wide or too odd, at once', async () => {
    await post('{}');
    const before = usedBytes();
    for (const body of [
      ...['[', '{"a":', '[{"a":['].map((unit) => unit.repeat(Math.floor(60_000 / unit.length))),
      ...['['.repeat(1_000_000), `{${Array.from({ length: 1_000_000 }, (_, n) => `"k${n}":1`).join()}}`],
      // As deep as it gets below the ceiling of a body.
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
    ]) {
      const { status, isSlow } = await judge(body);
      expect([400, 413]).toContain(status);
      expect([body.slice(0, 40), isSlow]).toEqual([body.slice(0, 40), false]);
    }
    expect(usedBytes() - before).toBeLessThan(grownBytesMax);
  }, 120_000);

  (haveCorpora ? it : it.skip)(
    `T15 answers every file of the JSON parsing tests 400 or 413, at once${haveCorpora ? '' : ` (${corporaMissing})`}`,
    async () => {
      let files = 0;
      for (const { text, where } of jsonFiles()) {
        files += 1;
        const { status, isSlow } = await judge(text);
        expect([where, [400, 413].includes(status), isSlow]).toEqual([where, true, false]);
      }
      expect(files).toBe(318);
    },
    180_000,
  );

  it('T16 unpacks no document', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, '[')).toString('latin1');
    for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'x-gzip']) {
      expect(await post(bomb.slice(0, 60_000), [`Content-Encoding: ${coding}`])).toBe(415);
    }
  });
});
