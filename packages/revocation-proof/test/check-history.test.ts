import type { Arrival } from '@engagetrack/test-ground';
import { describe, expect, it } from '@jest/globals';
import { checkHistory } from '../src/history/check-history.ts';
import { describeKey } from '../src/history/describe-key.ts';
import type { Call, History } from '../src/history/history.ts';

const keyId = 'key_1';
const other = 'key_2';
const promises = { quota: 600, overAdmissionMax: 0 };
const quiet: History = {
  keys: [keyId, other].map((id) => ({ keyId: id, organizationId: 'org_1', acknowledgedAtMs: 10 })),
  calls: [],
  arrivals: [],
  revocations: [],
  planChanges: [],
  streams: [],
  freezes: [],
  notes: [],
  healthyFromMs: undefined,
  endedAtMs: 60_000,
};
const revoked = { keyId, sentAtMs: 100, acknowledgedAtMs: 110 };
const downgraded = { organizationId: 'org_1', plan: 'maker', sentAtMs: 100, acknowledgedAtMs: 110 };

let calls = 0;
function call(sentAtMs: number, outcome: Call['outcome'], more: Partial<Call> = {}): Call {
  calls += 1;
  const endedAtMs = sentAtMs + 5;
  return {
    nonce: `n${calls}`,
    keyId,
    gateway: 0,
    policy: 'standard',
    sentAtMs,
    endedAtMs,
    outcome,
    windowEnd: undefined,
    ...more,
  };
}

function arrivalOf({ nonce, keyId: id, sentAtMs }: Call, more: Partial<Arrival> = {}): Arrival {
  return { nonce, keyId: id, atMs: sentAtMs + 2, ...more };
}

function kindsOf(history: Partial<History>, allowed = promises): string[] {
  return checkHistory({ ...quiet, ...history }, allowed).map(({ kind }) => kind);
}

describe('checkHistory on a revoked key', () => {
  it.each([200, 204, 304, 403, 404, 413, 504])('reports a %i to a request sent after the acknowledgement', (status) => {
    expect(kindsOf({ revocations: [revoked], calls: [call(110.1, status)] })).toEqual(['stale_admit']);
  });

  it('reports a 402 too, which is wrong on a plan with access besides', () => {
    expect(kindsOf({ revocations: [revoked], calls: [call(110.1, 402)] })).toEqual(['stale_admit', 'false_denial']);
  });

  it.each([401, 429, 502, 503, 'no_answer'] as const)('does not count a %s as an admission', (outcome) => {
    expect(kindsOf({ revocations: [revoked], calls: [call(110.1, outcome)] })).toEqual([]);
  });

  it.each([401, 503, 'no_answer'] as const)('reports a %s whose nonce the upstream has seen', (outcome) => {
    const sent = call(110.1, outcome);
    expect(kindsOf({ revocations: [revoked], calls: [sent], arrivals: [arrivalOf(sent)] })).toEqual(['stale_admit']);
  });

  it('lets a request that overlaps the DELETE go either way', () => {
    const overlapping = [call(99, 200), call(105, 200), call(105, 401), call(110, 401)];
    expect(kindsOf({ revocations: [revoked], calls: overlapping.slice(0, 2) })).toEqual([]);
    expect(kindsOf({ revocations: [revoked], calls: overlapping.slice(2) })).toEqual([]);
  });

  it('lets a key be used after a DELETE that was never acknowledged', () => {
    expect(kindsOf({ revocations: [{ keyId, sentAtMs: 100 }], calls: [call(300, 200)] })).toEqual([]);
  });

  it('reports a request that a gateway held back and forwarded more than a second later', () => {
    const held = call(105, 200, { endedAtMs: 2_000 });
    const arrivals = (atMs: number) => [arrivalOf(held, { atMs })];
    expect(kindsOf({ revocations: [revoked], calls: [held], arrivals: arrivals(1_110.1) })).toEqual(['late_forward']);
    expect(kindsOf({ revocations: [revoked], calls: [held], arrivals: arrivals(1_109) })).toEqual([]);
  });

  it('reports a revocation that is lost once everything has healed', () => {
    const history = { revocations: [revoked], healthyFromMs: 5_000 };
    expect(kindsOf({ ...history, calls: [call(5_001, 503)] })).toEqual(['lost_revocation']);
    expect(kindsOf({ ...history, calls: [call(5_001, 'no_answer')] })).toEqual(['lost_revocation']);
    expect(kindsOf({ ...history, calls: [call(5_001, 200)] })).toEqual(['stale_admit', 'lost_revocation']);
    // A 503 is judged by the key's next decision after everything has healed, and before that not at all.
    expect(kindsOf({ ...history, calls: [call(5_001, 503), call(5_010, 401)] })).toEqual([]);
    expect(kindsOf({ ...history, calls: [call(4_999, 503)] })).toEqual([]);
    expect(
      kindsOf({ revocations: [{ keyId, sentAtMs: 100 }], healthyFromMs: 5_000, calls: [call(5_001, 503)] }),
    ).toEqual([]);
  });

  it('reports a key that comes back, acknowledged or not', () => {
    const unacknowledged = { keyId, sentAtMs: 100 };
    expect(kindsOf({ revocations: [unacknowledged], calls: [call(200, 401), call(206, 200)] })).toEqual([
      'resurrection',
    ]);
    const unanswered = call(206, 'no_answer');
    expect(
      kindsOf({
        revocations: [unacknowledged],
        calls: [call(200, 401), unanswered],
        arrivals: [arrivalOf(unanswered)],
      }),
    ).toEqual(['resurrection']);
    expect(kindsOf({ revocations: [revoked], calls: [call(104, 401), call(120, 200)] })).toEqual([
      'stale_admit',
      'resurrection',
    ]);
    expect(kindsOf({ revocations: [unacknowledged], calls: [call(200, 401), call(204, 200)] })).toEqual([]);
    expect(kindsOf({ revocations: [unacknowledged], calls: [call(200, 200), call(206, 401)] })).toEqual([]);
    expect(kindsOf({ revocations: [unacknowledged], calls: [call(200, 401), call(206, 503)] })).toEqual([]);
  });

  it('reports a given-up DELETE that comes into force later than it may', () => {
    const abandoned = { keyId, sentAtMs: 100, abandonedAtMs: 150 };
    expect(kindsOf({ revocations: [abandoned], calls: [call(3_351, 200), call(3_400, 401)] })).toEqual([
      'late_revocation',
    ]);
    expect(kindsOf({ revocations: [abandoned], calls: [call(3_349, 200), call(3_400, 401)] })).toEqual([]);
    expect(kindsOf({ revocations: [abandoned], calls: [call(3_351, 200), call(3_400, 200)] })).toEqual([]);
    expect(kindsOf({ revocations: [abandoned], calls: [call(3_351, 503), call(3_400, 401)] })).toEqual([]);
  });
});

describe('checkHistory on a live key', () => {
  it('reports a 401 for a key that was live during the whole request', () => {
    expect(kindsOf({ calls: [call(50, 401)] })).toEqual(['false_denial']);
    expect(kindsOf({ revocations: [{ keyId, sentAtMs: 56 }], calls: [call(50, 401)] })).toEqual(['false_denial']);
    expect(kindsOf({ revocations: [{ keyId: other, sentAtMs: 20 }], calls: [call(50, 401)] })).toEqual([
      'false_denial',
    ]);
  });

  it('lets a 401 be right before the 201, after the DELETE was sent, and a 503 always', () => {
    expect(kindsOf({ calls: [call(9, 401)] })).toEqual([]);
    expect(kindsOf({ revocations: [{ keyId, sentAtMs: 54 }], calls: [call(50, 401)] })).toEqual([]);
    expect(kindsOf({ calls: [call(50, 503), call(51, 502), call(52, 429), call(53, 'no_answer')] })).toEqual([]);
  });

  it('reports a created key that does not work once everything has healed', () => {
    expect(kindsOf({ healthyFromMs: 40, calls: [call(50, 503)] })).toEqual(['lost_creation']);
    expect(kindsOf({ healthyFromMs: 40, calls: [call(50, 401)] })).toEqual(['false_denial', 'lost_creation']);
    expect(kindsOf({ healthyFromMs: 40, calls: [call(50, 503), call(60, 200)] })).toEqual([]);
    expect(kindsOf({ healthyFromMs: 51, calls: [call(50, 503)] })).toEqual([]);
    expect(kindsOf({ healthyFromMs: 40, calls: [call(50, 429)] })).toEqual([]);
    expect(
      kindsOf({ healthyFromMs: 40, planChanges: [{ ...downgraded, sentAtMs: 45 }], calls: [call(50, 402)] }),
    ).toEqual([]);
  });

  it('reports another identity at the upstream', () => {
    const sent = call(50, 200);
    expect(kindsOf({ calls: [sent], arrivals: [arrivalOf(sent, { keyId: other })] })).toEqual(['wrong_identity']);
    expect(kindsOf({ calls: [sent], arrivals: [arrivalOf(sent, { keyId: undefined })] })).toEqual(['wrong_identity']);
    expect(kindsOf({ calls: [sent], arrivals: [arrivalOf(sent)] })).toEqual([]);
  });
});

describe('checkHistory on a change of plan', () => {
  const upgraded = { organizationId: 'org_1', plan: 'startup', sentAtMs: 200, acknowledgedAtMs: 210 };

  it('reports an admission after an acknowledged downgrade', () => {
    expect(kindsOf({ planChanges: [downgraded], calls: [call(110.1, 200)] })).toEqual(['stale_admit']);
    const sent = call(110.1, 402);
    expect(kindsOf({ planChanges: [downgraded], calls: [sent], arrivals: [arrivalOf(sent)] })).toEqual(['stale_admit']);
  });

  it('lets a request overlap the downgrade, be refused, or belong to another organization', () => {
    expect(kindsOf({ planChanges: [downgraded], calls: [call(105, 200), call(110.1, 402), call(111, 503)] })).toEqual(
      [],
    );
    expect(kindsOf({ planChanges: [{ ...downgraded, organizationId: 'org_2' }], calls: [call(120, 200)] })).toEqual([]);
  });

  it('reports a 402 on a plan with access', () => {
    expect(kindsOf({ calls: [call(50, 402)] })).toEqual(['false_denial']);
    expect(kindsOf({ planChanges: [downgraded, upgraded], calls: [call(211, 402)] })).toEqual(['false_denial']);
    expect(kindsOf({ planChanges: [downgraded], calls: [call(94, 402)] })).toEqual(['false_denial']);
  });

  it('lets a request overlap the upgrade, and either plan hold while a change is not acknowledged', () => {
    expect(kindsOf({ planChanges: [downgraded, upgraded], calls: [call(205, 402), call(205, 200)] })).toEqual([]);
    const unacknowledged = { organizationId: 'org_1', plan: 'maker', sentAtMs: 300 };
    expect(
      kindsOf({ planChanges: [downgraded, upgraded, unacknowledged], calls: [call(400, 402), call(401, 200)] }),
    ).toEqual([]);
  });
});

describe('checkHistory on the limit', () => {
  const burst = (count: number, more: Partial<Call> = {}) =>
    Array.from({ length: count }, () => call(50, 200, { windowEnd: 60, ...more }));

  it('reports the 601st admission in one window of one key and policy', () => {
    expect(kindsOf({ calls: burst(601) })).toEqual(['over_admission']);
    expect(kindsOf({ calls: burst(617) }, { quota: 600, overAdmissionMax: 16 })).toEqual(['over_admission']);
  });

  it('counts windows, policies and keys apart, and refusals not at all', () => {
    expect(kindsOf({ calls: burst(600) })).toEqual([]);
    expect(kindsOf({ calls: burst(616) }, { quota: 600, overAdmissionMax: 16 })).toEqual([]);
    expect(kindsOf({ calls: [...burst(600), ...burst(600, { windowEnd: 120 })] })).toEqual([]);
    expect(kindsOf({ calls: [...burst(600), ...burst(600, { policy: 'analytics' })] })).toEqual([]);
    expect(kindsOf({ calls: [...burst(600), ...burst(600, { keyId: other })] })).toEqual([]);
    expect(kindsOf({ calls: [...burst(600), ...burst(100, { outcome: 429 })] })).toEqual([]);
  });
});

describe('checkHistory on an answer in progress', () => {
  const stream = { nonce: 's1', keyId, gateway: 2, sentAtMs: 50 };
  const cut = (endedAtMs: number | undefined, more: Partial<History> = {}) =>
    kindsOf({ revocations: [revoked], streams: [{ ...stream, endedAtMs }], ...more });

  it('reports one that outlives the acknowledgement by more than a second', () => {
    expect(cut(1_110.1)).toEqual(['stream_not_cut']);
    expect(cut(undefined)).toEqual(['stream_not_cut']);
    expect(cut(1_110)).toEqual([]);
    expect(cut(60)).toEqual([]);
    expect(cut(undefined, { endedAtMs: 1_100 })).toEqual([]);
    expect(cut(undefined, { revocations: [{ keyId, sentAtMs: 100 }] })).toEqual([]);
    expect(cut(undefined, { revocations: [] })).toEqual([]);
  });

  it('counts the second of a frozen gateway from its thaw', () => {
    const freezes = [{ gateway: 2, fromMs: 90, untilMs: 5_000 }];
    expect(cut(6_000, { freezes })).toEqual([]);
    expect(cut(6_000.1, { freezes })).toEqual(['stream_not_cut']);
    expect(cut(6_000, { freezes: [{ gateway: 1, fromMs: 90, untilMs: 5_000 }] })).toEqual(['stream_not_cut']);
    expect(cut(6_000, { freezes: [{ gateway: 2, fromMs: 1_200, untilMs: 5_000 }] })).toEqual(['stream_not_cut']);
  });
});

describe('describeKey', () => {
  it('lists the events of a key in order, and the faults meanwhile', () => {
    const sent = call(120, 200, { nonce: 'n' });
    const history: History = {
      ...quiet,
      calls: [call(300, 200, { keyId: other }), sent],
      arrivals: [arrivalOf(sent)],
      revocations: [revoked],
      notes: [{ atMs: 115, text: 'FLUSHALL' }],
    };
    expect(describeKey(history, keyId)).toEqual([
      '10.0 created in org_1',
      '100.0 DELETE sent',
      '110.0 DELETE acknowledged',
      '115.0 FLUSHALL',
      '120.0 n to gateway 0: 200 at 125.0, at the upstream 122.0',
    ]);
  });
});
