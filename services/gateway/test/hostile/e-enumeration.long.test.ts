import { generateApiKey } from '@engagetrack/api-key';
import { isTellable, type RawAnswer, sendBytes } from '@engagetrack/hostile-input';
import { describe, expect, it } from '@jest/globals';
import { organizationB, startGateway } from '../harness.ts';
import { expectRefused, site, sites, useThreeSides } from './three-sides.ts';

/** Milliseconds. Three hundred concurrent questions take long on a busy machine. */
const patient = { patienceMs: 20_000, deadlineMs: 30_000 };

describe('E: enumeration and side channels', () => {
  const sides = useThreeSides({ clockRuns: true });

  /** The whole answer, fields in their order, without the request id and the date. */
  const comparable = ({ status, reason, fields, body }: RawAnswer): string =>
    JSON.stringify([status, reason, fields.filter(([name]) => !/^(x-request-id|date)$/i.test(name)), body]);
  const answerTo = async (authorization: string | null, target = sites): Promise<RawAnswer> => {
    const [answer] = (await sides.send(sides.head({ target, authorization }), patient)).answers;
    if (answer === undefined) throw new Error('no answer');
    return answer;
  };

  it('E01 answers an unknown, a revoked and an expired key with the same bytes in the same order', async () => {
    const revoked = sides.gateway.issueKey();
    const expired = sides.gateway.issueKey({ expiresAtMs: sides.gateway.now() + 1_000 });
    await answerTo(revoked.authorization);
    await answerTo(expired.authorization);
    await sides.gateway.markRevoked(revoked.keyId);
    sides.gateway.advanceClock(1_001);
    const answers = [
      `Bearer ${generateApiKey().reveal()}`,
      revoked.authorization,
      expired.authorization,
      'Bearer et_live_0',
    ].map((authorization) => answerTo(authorization));
    const seen = new Set((await Promise.all(answers)).map(comparable));
    expect([...seen]).toHaveLength(1);
  });

  it('E02 answers another organization, an unknown one and an unknown path with the same bytes', async () => {
    const targets = [
      `/api/v1/organizations/${organizationB}/sites`,
      '/api/v1/organizations/org_nobody/sites',
      `/api/v1/organizations/${organizationB}/nothing`,
      '/api/v1/nothing',
      `${site}/nothing`,
      `/api/v1/organizations/${organizationB}/sites/site_1/analytics/stats`,
    ];
    const seen = new Set<string>();
    // A key of its own for each, so that the rest of its quota tells nothing either.
    for (const target of targets) seen.add(comparable(await answerTo(sides.gateway.issueKey().authorization, target)));
    expect([...seen]).toHaveLength(1);
  });

  it('E04 takes as long for a guess that begins like a live key as for any other', async () => {
    const live = sides.key.key.reveal();
    const near = () => live.slice(0, 8 + 24) + generateApiKey().reveal().slice(-8);
    const far = () => generateApiKey().reveal();
    expect(
      await isTellable(
        () => timeOf(near()),
        () => timeOf(far()),
      ),
    ).toBe(false);
  });

  it.each([
    ['revoked', () => undefined],
    ['expired', () => 1_000],
  ])(
    'E01 takes as long for a key that is %s as for one that never existed, once both are known',
    async (_how, endsInMs) => {
      const lifeMs = endsInMs();
      const ended = sides.gateway.issueKey(lifeMs === undefined ? {} : { expiresAtMs: sides.gateway.now() + lifeMs });
      expect((await answerTo(ended.authorization)).status).toBe(200);
      if (lifeMs === undefined) await sides.gateway.markRevoked(ended.keyId);
      else sides.gateway.advanceClock(lifeMs + 1);
      // The authority's answer about it from now on.
      sides.gateway.revokeAtAuthority(ended.key);
      const unknown = `Bearer ${generateApiKey().reveal()}`;
      for (const authorization of [ended.authorization, unknown, ended.authorization])
        expect((await answerTo(authorization)).status).toBe(401);
      expect(
        await isTellable(
          () => timeOf(unknown.slice(7)),
          () => timeOf(ended.key.reveal()),
        ),
      ).toBe(false);
    },
  );

  async function timeOf(key: string): Promise<number> {
    const bytes = sides.head({ authorization: `Bearer ${key}` });
    return (await sendBytes({ port: sides.gateway.port, pieces: [bytes] })).ms;
  }

  it('E05 slows a key down no more by a flood of guesses that begin like it than by another flood', async () => {
    const live = sides.key.key.reveal();
    const near = () => live.slice(0, 8 + 20) + generateApiKey().reveal().slice(-12);
    const far = () => generateApiKey().reveal();
    const timeAmid = async (guess: () => string): Promise<number> => {
      const flood = Array.from({ length: 3 }, () => answerTo(`Bearer ${guess()}`));
      const ms = await timeOf(live);
      expect((await Promise.all(flood)).map(({ status }) => status)).toEqual([401, 401, 401]);
      return ms;
    };
    expect(
      await isTellable(
        () => timeAmid(near),
        () => timeAmid(far),
      ),
    ).toBe(false);
  }, 180_000);

  it('E06 reveals no plan before it knows the key', async () => {
    const maker = sides.gateway.issueKey({ plan: 'maker' });
    expectRefused(await sides.send(sides.head({ authorization: maker.authorization })), 'plan_required');
    const key = maker.key.reveal();
    const near = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0');
    for (const authorization of [`Bearer ${near}`, null])
      expectRefused(await sides.send(sides.head({ authorization })), 'invalid_key');
    await sides.gateway.markRevoked(maker.keyId);
    expectRefused(await sides.send(sides.head({ authorization: maker.authorization })), 'invalid_key');
  });

  it('E07 answers 429 to a right guess as to a wrong one after too many guesses', async () => {
    const gateway = await startGateway({ limits: { failedAuthenticationsMax: 5 } });
    const live = gateway.issueKey();
    const ask = (authorization: string) => sendBytes({ port: gateway.port, pieces: [sides.head({ authorization })] });
    for (let n = 0; n < 5; n += 1)
      expect((await ask(`Bearer ${generateApiKey().reveal()}`)).answers[0]?.status).toBe(401);
    const [wrong] = (await ask(`Bearer ${generateApiKey().reveal()}`)).answers;
    const [right] = (await ask(live.authorization)).answers;
    expect(wrong?.status).toBe(429);
    expect(right && comparable(right)).toBe(wrong && comparable(wrong));
    expect(wrong?.fields.filter(([name]) => /^x-ratelimit/i.test(name))).toEqual([]);
    await gateway.stop();
  });

  it('E08 compresses no answer of its own', async () => {
    for (const authorization of [null, sides.key.authorization])
      for (const target of [sites, '/x', '//']) {
        const { answers } = await sides.send(
          sides.head({ authorization, target, lines: ['Accept-Encoding: gzip, deflate, br'] }),
        );
        expect(answers[0]?.fields.filter(([name]) => /^content-encoding$/i.test(name))).toEqual([]);
      }
  });
});
