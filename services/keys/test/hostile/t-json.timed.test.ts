import { haveCorpora, jsonFiles } from '@engagetrack/hostile-input';
import { itJudgesTime } from '@engagetrack/test-ground';
import { describe, expect } from '@jest/globals';
import { startKeys } from '../harness.ts';
import { createDocumentSender, hostileDocuments } from './documents.ts';

const slowMs = 50;
/** What is slow by itself is slow every time. */
const attemptsMax = 5;

describe('T: what a document may cost the key service', () => {
  itJudgesTime('T15 refuses hostile documents, and the JSON parsing tests where they are there, at once', async () => {
    const keys = await startKeys();
    try {
      const send = await createDocumentSender(keys);
      await send('{}');
      const isSlow = async (body: string): Promise<boolean> => {
        for (let attempt = 0; attempt < attemptsMax; attempt += 1) if ((await send(body)).ms < slowMs) return false;
        return true;
      };
      const slow: string[] = [];
      for (const body of hostileDocuments) if (await isSlow(body)) slow.push(body.slice(0, 40));
      for (const { text, where } of haveCorpora ? jsonFiles() : []) if (await isSlow(text)) slow.push(where);
      expect(slow).toEqual([]);
    } finally {
      await keys.stop();
    }
  });
});
