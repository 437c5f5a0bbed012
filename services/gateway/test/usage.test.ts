import type { ServerResponse } from 'node:http';
import { generateApiKey, hashApiKey } from '@engagetrack/api-key';
import { statusBuckets, type UsageReport } from '@engagetrack/contracts';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, type HarnessOptions, organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;
const stats = `${sites}/site_1/analytics/stats`;
const deadlineMs = 5_000;
const soonMs = 20;
/** Milliseconds. Longer than any test, so that only the end of the gateway brings a report. */
const neverMs = 60 * 60 * 1000;

describe('the usage of a key', () => {
  let gateway: GatewayHarness;
  afterEach(() => gateway.stop());
  const start = async (options: HarnessOptions = {}) => {
    gateway = await startGateway({ usageReportIntervalMs: neverMs, ...options });
    return gateway.issueKey();
  };
  const get = (path: string, authorization: string) => gateway.api().get(path).set('authorization', authorization);
  const metric = async (name: string) =>
    (await gateway.registry.getSingleMetricAsString(name)).split('\n').filter((line) => /^[a-z].* [1-9]/.test(line));
  /** Every report once, although some were sent repeatedly. */
  const distinct = (): readonly UsageReport[] => [
    ...new Map(gateway.usageReports.map((report) => [report.number, report])).values(),
  ];
  const requests = (): number =>
    distinct()
      .flatMap(({ counts }) => counts)
      .reduce((sum, count) => sum + statusBuckets.reduce((all, bucket) => all + count[bucket], 0), 0);
  const untilReported = (count: number) =>
    waitFor(() => requests() === count, { deadlineMs, what: `${count} requests to be reported` });

  it('has every request of a recognised key, by its outcome, and none that was refused with 401', async () => {
    const { authorization, keyId, key } = await start();
    const narrow = gateway.issueKey({ scopes: ['goals:read'] });
    const unpaid = gateway.issueKey({ plan: 'maker' });
    gateway.answerUpstreamWith((req, res) => {
      if (req.url?.startsWith(stats)) res.statusCode = 418;
      res.end();
    });
    expect((await get(sites, authorization)).status).toBe(200);
    expect((await get(stats, authorization)).status).toBe(418);
    expect((await get('/made/up', authorization)).status).toBe(404);
    expect((await gateway.api().delete(sites).set('authorization', authorization)).status).toBe(405);
    expect((await get(sites, narrow.authorization)).status).toBe(403);
    expect((await get(sites, unpaid.authorization)).status).toBe(402);
    expect((await get(stats, narrow.authorization)).status).toBe(403);
    const unknown = generateApiKey();
    expect((await get(sites, `Bearer ${unknown.reveal()}`)).status).toBe(401);
    expect((await gateway.api().get(sites)).status).toBe(401);
    await gateway.closeUpstream();
    expect((await get(sites, authorization)).status).toBe(502);

    await gateway.drain(0);
    await gateway.close();
    const common = {
      organization_id: organizationA,
      minute: '2026-03-14T12:00:00.000Z',
      last_used_at: '2026-03-14T12:00:18.250Z',
    };
    expect(distinct()).toEqual([
      {
        gateway_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        number: 1,
        counts: [
          {
            ...common,
            key_id: keyId,
            route_class: 'standard',
            succeeded: 1,
            client_errors: 2,
            limited: 0,
            server_errors: 1,
          },
          {
            ...common,
            key_id: keyId,
            route_class: 'analytics',
            succeeded: 0,
            client_errors: 1,
            limited: 0,
            server_errors: 0,
          },
          {
            ...common,
            key_id: narrow.keyId,
            route_class: 'standard',
            succeeded: 0,
            client_errors: 1,
            limited: 0,
            server_errors: 0,
          },
          {
            ...common,
            key_id: unpaid.keyId,
            route_class: 'standard',
            succeeded: 0,
            client_errors: 1,
            limited: 0,
            server_errors: 0,
          },
          {
            ...common,
            key_id: narrow.keyId,
            route_class: 'analytics',
            succeeded: 0,
            client_errors: 1,
            limited: 0,
            server_errors: 0,
          },
        ],
      },
    ]);
    const told = JSON.stringify(gateway.usageReports);
    for (const issued of [key, narrow.key, unpaid.key, unknown])
      for (const secret of [issued.reveal().slice('et_live_'.length), hashApiKey(issued)])
        expect(told).not.toContain(secret);
  });

  it('counts limited requests apart', async () => {
    const { authorization } = await start();
    for (let n = 0; n < 600; n += 1) await get(sites, authorization);
    for (let n = 0; n < 3; n += 1) expect((await get(sites, authorization)).status).toBe(429);
    await gateway.drain(0);
    await gateway.close();
    expect(distinct()[0]?.counts).toMatchObject([{ succeeded: 600, client_errors: 0, limited: 3, server_errors: 0 }]);
  });

  it('has an answer as soon as it begins, and one whose client disconnected', async () => {
    const { authorization } = await start({ usageReportIntervalMs: soonMs });
    const held: ServerResponse[] = [];
    gateway.answerUpstreamWith((req, res) => {
      held.push(res);
      if (req.url === stats) res.writeHead(200).write('data: 1\n\n');
    });
    const head = `GET ${stats} HTTP/1.1\r\nHost: a\r\nAuthorization: ${authorization}\r\nConnection: close\r\n\r\n`;
    const streamed = sendRaw(gateway.port, head, deadlineMs);
    await untilReported(1);
    expect(distinct()[0]?.counts).toMatchObject([{ route_class: 'analytics', succeeded: 1 }]);

    // A client that disconnected before its answer began has used the key all the same.
    const abandoned = get(sites, authorization).timeout(200);
    await expect(abandoned).rejects.toThrow(/Timeout/);
    await untilReported(2);
    expect(distinct()[1]?.counts).toMatchObject([{ route_class: 'standard', client_errors: 1 }]);
    for (const res of held) res.end();
    expect(await streamed).toContain('data: 1');
    await gateway.drain(deadlineMs);
    await gateway.close();
    expect(requests()).toBe(2);
  });

  it('is kept while the key service is away, delays no request, and is reported once it is back', async () => {
    const { authorization } = await start({ usageReportIntervalMs: soonMs });
    gateway.answerUsageReportsWith(() => 503);
    await get(sites, authorization);
    await waitFor(() => gateway.usageReports.length >= 3, { deadlineMs, what: 'three attempts' });
    gateway.advanceClock(60_000);
    expect((await get(sites, authorization)).status).toBe(200);
    expect((await get(stats, authorization)).status).toBe(200);
    gateway.answerUsageReportsWith(() => 200);
    await untilReported(3);
    // The first report is sent again unchanged: the next requests wait for a report of their own.
    const [first, second] = distinct();
    for (const report of gateway.usageReports.filter(({ number }) => number === 1)) expect(report).toEqual(first);
    expect(first?.counts).toMatchObject([{ minute: '2026-03-14T12:00:00.000Z', succeeded: 1 }]);
    expect(second).toMatchObject({
      gateway_id: first?.gateway_id,
      number: 2,
      counts: [{ minute: '2026-03-14T12:01:00.000Z' }, { minute: '2026-03-14T12:01:00.000Z' }],
    });
    // A report is settled when its answer has arrived, a moment after the key service has it.
    await waitFor(
      async () =>
        (await metric('gateway_usage_reports_total')).includes('gateway_usage_reports_total{outcome="stored"} 2'),
      { deadlineMs, what: 'two reports to be settled' },
    );
    expect(await metric('gateway_usage_reports_total')).toHaveLength(2);
    expect(await metric('gateway_usage_lost_total')).toEqual([]);
  });

  it.each([
    ['is lost', 0],
    ['never comes', undefined],
  ])('is sent again when the answer %s, under the same number', async (_what, firstAnswer) => {
    const { authorization } = await start({ usageReportIntervalMs: soonMs });
    let attempts = 0;
    gateway.answerUsageReportsWith(() => {
      attempts += 1;
      return attempts === 1 ? firstAnswer : 200;
    });
    await get(sites, authorization);
    await waitFor(() => gateway.usageReports.length === 2, { deadlineMs, what: 'a second attempt' });
    const [first, second] = gateway.usageReports;
    expect(second).toEqual(first);
    await get(sites, authorization);
    await untilReported(2);
    expect(gateway.usageReports.map(({ number }) => number)).toEqual([1, 1, 2]);
  });

  it('is lost, with a log line, when the key service refuses it for good', async () => {
    const { authorization } = await start({ usageReportIntervalMs: soonMs });
    gateway.answerUsageReportsWith(() => 400);
    await get(sites, authorization);
    await waitFor(async () => (await metric('gateway_usage_lost_total')).length > 0, { deadlineMs, what: 'the loss' });
    expect(await metric('gateway_usage_lost_total')).toEqual(['gateway_usage_lost_total 1']);
    gateway.answerUsageReportsWith(() => 200);
    await get(sites, authorization);
    await waitFor(() => gateway.usageReports.length === 2, { deadlineMs, what: 'the next report' });
    expect(gateway.usageReports.map(({ number }) => number)).toEqual([1, 2]);
  });

  it('is reported when the gateway stops, in as many reports as needed', async () => {
    await start();
    const keys = Array.from({ length: 1_001 }, () => gateway.issueKey());
    for (const { authorization } of keys) await get(sites, authorization);
    expect(gateway.usageReports).toEqual([]);
    await gateway.drain(0);
    await gateway.close();
    expect(gateway.usageReports.map(({ number, counts }) => [number, counts.length])).toEqual([
      [1, 1_000],
      [2, 1],
    ]);
    expect(new Set(distinct().flatMap(({ counts }) => counts.map(({ key_id: id }) => id))).size).toBe(1_001);
  });

  it('keeps no gateway from stopping', async () => {
    const { authorization } = await start();
    gateway.answerUsageReportsWith(() => 503);
    for (let n = 0; n < 3; n += 1) await get(sites, authorization);
    await gateway.drain(0);
    await gateway.close();
    expect(gateway.usageReports).toHaveLength(1);
    expect(await metric('gateway_usage_lost_total')).toEqual(['gateway_usage_lost_total 3']);
    expect(gateway.logLines.join('')).toContain('usage_lost_at_the_end');
  });
});
