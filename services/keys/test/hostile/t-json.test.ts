import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { corporaMissing, haveCorpora, jsonFiles } from '@engagetrack/hostile-input';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type KeysHarness, startKeys } from '../harness.ts';
import { createDocumentSender, hostileDocuments } from './documents.ts';

const grownBytesMax = 20 * 2 ** 20;
setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');
/** Bytes in use, on the heap and outside it. */
const usedBytes = (): number => {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

describe('T: the cost of a document to the key service', () => {
  let keys: KeysHarness;
  let send: Awaited<ReturnType<typeof createDocumentSender>>;
  beforeAll(async () => {
    keys = await startKeys();
    send = await createDocumentSender(keys);
  });
  afterAll(() => keys.stop());

  it('T15 refuses documents that are too deep, too wide or too odd, and keeps nothing of them', async () => {
    await send('{}');
    const before = usedBytes();
    for (const body of hostileDocuments) expect([400, 413]).toContain((await send(body)).status);
    expect(usedBytes() - before).toBeLessThan(grownBytesMax);
  });

  (haveCorpora ? it : it.skip)(
    `T15 answers every file of the JSON parsing tests 400 or 413${haveCorpora ? '' : ` (${corporaMissing})`}`,
    async () => {
      let files = 0;
      for (const { text, where } of jsonFiles()) {
        files += 1;
        expect([where, [400, 413].includes((await send(text)).status)]).toEqual([where, true]);
      }
      expect(files).toBe(318);
    },
  );

  it('T16 unpacks no document', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * 2 ** 20, '[')).toString('latin1');
    for (const coding of ['gzip', 'deflate', 'br', 'zstd', 'x-gzip'])
      expect((await send(bomb.slice(0, 60_000), [`Content-Encoding: ${coding}`])).status).toBe(415);
  });
});
