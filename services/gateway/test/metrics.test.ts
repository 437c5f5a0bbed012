import { readFileSync } from 'node:fs';
import { generateApiKey } from '@engagetrack/api-key';
import { waitFor } from '@engagetrack/test-ground/stores';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type GatewayHarness, organizationA, startGateway } from './harness.ts';
import { sendRaw } from './raw-request.ts';

const sites = `/api/v1/organizations/${organizationA}/sites`;

describe('the metrics', () => {
  let gateway: GatewayHarness;
  beforeEach(async () => {
    gateway = await startGateway();
  });
  afterEach(() => gateway.stop());
  const get = (authorization: string) => gateway.api().get(sites).set('authorization', authorization);
  const unknown = () => `Bearer ${generateApiKey().reveal()}`;
  /** The lines of one metric, without those that are zero. */
  const linesOf = async (name: string): Promise<readonly string[]> =>
    (await gateway.registry.getSingleMetricAsString(name)).split('\n').filter((line) => /^[a-z].* [1-9]/.test(line));

  it('count the questions to the key service by their outcome', async () => {
    const { authorization } = gateway.issueKey();
    await get(authorization);
    await get(authorization);
    await get(unknown());
    await get(unknown());
    gateway.setAuthorityDown(true);
    expect((await get(unknown())).status).toBe(503);
    expect(await linesOf('gateway_introspections_total')).toEqual([
      'gateway_introspections_total{outcome="active"} 1',
      'gateway_introspections_total{outcome="inactive"} 2',
      'gateway_introspections_total{outcome="failed"} 1',
    ]);
  });

  it('count the answers of the admission store, and those to callers by route and status', async () => {
    const { authorization, keyId } = gateway.issueKey();
    await get(authorization);
    await gateway.markRevoked(keyId);
    await get(authorization);
    await gateway.api().get('/nothing');
    expect(await linesOf('gateway_admissions_total')).toEqual([
      'gateway_admissions_total{verdict="spent"} 1',
      'gateway_admissions_total{verdict="revoked"} 1',
    ]);
    // A request is counted when its connection is done with it, perhaps after the client has read the answer.
    await waitFor(async () => (await linesOf('gateway_requests_total')).length === 3, {
      deadlineMs: 5_000,
      what: 'three requests to be counted',
    });
    expect(await linesOf('gateway_requests_total')).toEqual([
      'gateway_requests_total{route="sites.list",status="200"} 1',
      'gateway_requests_total{route="sites.list",status="401"} 1',
      'gateway_requests_total{route="none",status="401"} 1',
    ]);
  });

  it('tell the time of the gateway from the time of the upstream', async () => {
    gateway.answerUpstreamWith((_req, res) => {
      gateway.advanceClock(1_500);
      res.end('{}');
    });
    const { authorization } = gateway.issueKey();
    expect((await get(authorization)).status).toBe(200);
    await get(unknown());
    const sums = async (name: string) => (await linesOf(name)).filter((line) => /_(sum|count)/.test(line));
    expect(await sums('gateway_upstream_seconds')).toEqual([
      'gateway_upstream_seconds_sum{route="sites.list"} 1.5',
      'gateway_upstream_seconds_count{route="sites.list"} 1',
    ]);
    expect(await sums('gateway_decision_seconds')).toEqual(['gateway_decision_seconds_count{route="sites.list"} 1']);
  });

  it('count refusals by the reason of their log line', async () => {
    const narrow = gateway.issueKey({ scopes: ['goals:read'] });
    await get(narrow.authorization);
    await get(unknown());
    await gateway.api().get(`${sites}/`).set('authorization', narrow.authorization);
    await gateway.api().get(sites).set('authorization', gateway.issueKey().authorization);
    await sendRaw(gateway.port, 'no request\r\n\r\n');
    // The two of status 400 are on one line.
    await waitFor(async () => / 2$/m.test((await linesOf('gateway_requests_total')).join('\n')), {
      deadlineMs: 5_000,
      what: 'two requests of status 400 to be counted',
    });
    expect(await linesOf('gateway_refusals_total')).toEqual([
      'gateway_refusals_total{reason="missing_scope"} 1',
      'gateway_refusals_total{reason="unknown_key"} 1',
      'gateway_refusals_total{reason="bad_path"} 1',
      'gateway_refusals_total{reason="hpe_invalid_method"} 1',
    ]);
    const refused = gateway.logLines
      .map((line) => JSON.parse(line))
      .filter(({ at, status }) => at === 'request' && status !== 200);
    expect(refused.map(({ reason }) => reason)).toEqual([
      'missing_scope',
      'unknown_key',
      'bad_path',
      'hpe_invalid_method',
    ]);
  });

  it('have names that begin with the service’s, and end with _total where they count', async () => {
    const metrics = await gateway.registry.getMetricsAsJSON();
    expect(metrics.length).toBeGreaterThan(12);
    for (const { name, type } of metrics)
      expect(name).toMatch(String(type) === 'counter' ? /^gateway_[a-z_]+_total$/ : /^gateway_[a-z_]+(?<!_total)$/);
    for (const { name, type } of metrics) if (String(type) === 'histogram') expect(name).toMatch(/_seconds$/);
  });

  it('are each in docs/operations.md, and no other name of the gateway is', async () => {
    const documentation = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8');
    const documented = [...documentation.matchAll(/^\| `(gateway_[a-z_]+)(?:\{[a-z,]+\})?` +\|/gm)].map(
      ([, name]) => name,
    );
    // These two belong to the process and not to what is built here.
    const ofProcess = ['gateway_event_loop_stalls_total', 'gateway_heap_sheds_total'];
    const names = (await gateway.registry.getMetricsAsJSON()).map(({ name }) => name);
    expect(documented.filter((name) => name !== 'gateway_unreachable').sort()).toEqual([...names, ...ofProcess].sort());
  });

  it('have no labels that a caller can multiply', async () => {
    const { authorization, keyId } = gateway.issueKey();
    await get(authorization);
    await gateway.api().get('/made/up/by/the/caller').set('authorization', authorization);
    const text = await gateway.registry.metrics();
    for (const secret of [keyId, organizationA, 'made', authorization.slice(-32)]) expect(text).not.toContain(secret);
  });
});
