import { randomBytes } from 'node:crypto';
import { generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { isTellable, type RawAnswer, sendBytes } from '@engagetrack/hostile-input';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { internalToken, type KeysHarness, startKeys } from '../harness.ts';

const base = '/api/v1/organizations/org_a/api-keys';

describe('E: keys that are not the caller’s, seen through the key service', () => {
  let keys: KeysHarness;
  let owner: string;
  let foreignIds: readonly string[];
  beforeAll(async () => {
    keys = await startKeys();
    for (const name of ['owner', 'other']) await keys.addUser(`${name}@example.test`);
    await keys.addOrganization('org_a', 'agency', { 'owner@example.test': 'owner' });
    await keys.addOrganization('org_b', 'agency', { 'other@example.test': 'owner' });
    owner = await keys.logIn('owner@example.test');
    const other = await keys.logIn('other@example.test');
    foreignIds = await Promise.all(
      Array.from({ length: 100 }, async () => {
        const body = { name: 'Foreign', scopes: ['sites:read'] };
        const path = '/api/v1/organizations/org_b/api-keys';
        return (await keys.api().post(path).set('authorization', other).send(body)).body.id;
      }),
    );
  });
  afterAll(() => keys.stop());

  const ask = async (method: string, target: string, lines: readonly string[] = []) => {
    const head = [`${method} ${target} HTTP/1.1`, 'Host: a', `Authorization: ${owner}`, 'Connection: close', ...lines];
    const options = { pieces: [`${head.join('\r\n')}\r\n\r\n`], patienceMs: 20_000, deadlineMs: 30_000 };
    const { answers, ms } = await sendBytes({ port: Number(new URL(keys.url).port), ...options });
    const [answer] = answers;
    if (answer === undefined) throw new Error('no answer');
    return { answer, ms };
  };
  /** The whole answer, fields in their order, without the request id and the date. */
  const comparable = ({ status, reason, fields, body }: RawAnswer): string =>
    JSON.stringify([status, reason, fields.filter(([name]) => !/^(x-request-id|date)$/i.test(name)), body]);
  const unknownId = () => `key_${randomBytes(12).toString('hex')}`;
  const pick = (ids: readonly string[]) => ids[Math.floor(Math.random() * ids.length)] ?? '';

  it('E03 answers 404 with the same bytes to an unknown id and to another organization’s', async () => {
    for (const method of ['GET', 'DELETE']) {
      const seen = new Set<string>();
      for (const id of [unknownId(), pick(foreignIds), 'key_', unknownId(), pick(foreignIds)])
        seen.add(comparable((await ask(method, `${base}/${id}`)).answer));
      expect([...seen]).toHaveLength(1);
      expect([...seen][0]).toMatch(/^\[404,/);
    }
  });

  it.each(['GET', 'DELETE'])(
    'K27 takes as long for an unknown id as for another organization’s: %s',
    async (method) => {
      expect(
        await isTellable(
          async () => (await ask(method, `${base}/${unknownId()}`)).ms,
          async () => (await ask(method, `${base}/${pick(foreignIds)}`)).ms,
        ),
      ).toBe(false);
    },
    180_000,
  );

  it('K27 takes as long to look up a hash that begins like a live key’s as any other', async () => {
    const key = generateApiKey();
    const live = hashApiKey(key);
    const timeOf = async (hash: string): Promise<number> => {
      const startedAtMs = performance.now();
      const { body } = await keys
        .internal()
        .post('/internal/introspect')
        .set('authorization', `Bearer ${internalToken}`)
        .send({ key_hash: hash });
      expect(body).toEqual({ active: false });
      return performance.now() - startedAtMs;
    };
    const near = () => live.slice(0, 48) + randomBytes(8).toString('hex');
    const far = () => randomBytes(32).toString('hex');
    expect(
      await isTellable(
        () => timeOf(near()),
        () => timeOf(far()),
      ),
    ).toBe(false);
  }, 180_000);

  it('E08 compresses no answer that shows a key, also when the caller accepts it', async () => {
    const body = '{"name":"Shown","scopes":["sites:read"]}';
    const lines = [
      'Accept-Encoding: gzip, deflate, br, zstd',
      'Content-Type: application/json',
      `Content-Length: ${body.length}`,
    ];
    const head = [`POST ${base} HTTP/1.1`, 'Host: a', `Authorization: ${owner}`, 'Connection: close', ...lines];
    const { answers } = await sendBytes({
      port: Number(new URL(keys.url).port),
      pieces: [`${head.join('\r\n')}\r\n\r\n${body}`],
      patienceMs: 20_000,
      deadlineMs: 30_000,
    });
    expect(answers.map(({ status }) => status)).toEqual([201]);
    expect(answers[0]?.fields.filter(([name]) => /^content-encoding$/i.test(name))).toEqual([]);
    expect(answers[0]?.body).toMatch(/et_live_[0-9a-f]{32}/);
  });
});
