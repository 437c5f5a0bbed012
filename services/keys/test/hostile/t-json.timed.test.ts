import { haveCorpora, jsonFiles } from '@engagetrack/hostile-input';
import { itJudgesTime } from '@engagetrack/test-ground';
import { describe, expect } from '@jest/globals';
import { startKeys } from '../harness.ts';
import { createDocumentSender, hostileDocuments } from './documents.ts';

const slowMs = 50;
/** Attempts. A document counts as slow only when all of them are. */
const attemptsMax = 5;

describe('T: the cost of a document to the key service', () => {
  itJudgesTime('T15 refuses hostile documents, and the JSON parsing tests where present, at once', async () => {
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
