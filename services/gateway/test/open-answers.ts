import { type IncomingMessage, type RequestListener, request } from 'node:http';
import { apiKeyIdSchema, organizationIdSchema } from '@engagetrack/contracts';
import { waitFor } from '@engagetrack/test-ground/stores';
import { expect } from '@jest/globals';
import { type GatewayHarness, type IssuedKey, startGateway } from './harness.ts';

/** Milliseconds. An event that must happen fails the test after them; the timed tests judge how soon it happens. */
const deadlineMs = 30_000;
const everyMs = 20;

export interface OpenAnswer {
  bytes(): number;
  /** Milliseconds of `performance.now()`. */
  cutAtMs(): number | undefined;
  leave(): void;
}

export type OpenAnswers = Awaited<ReturnType<typeof openAnswers>>;

export const livePath = (organizationId: string) =>
  `/api/v1/organizations/${organizationId}/sites/site_1/analytics/live`;

/** A gateway whose upstream answers without end, and some of its open answers. */
export async function openAnswers() {
  const gateway = await startGateway({ clockRuns: true });
  gateway.answerUpstreamWith(events);
  const answers: OpenAnswer[] = [];
  const metric = async (name: string) => {
    const text = (await gateway.registry.getSingleMetricAsString(name)) ?? '';
    return Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  };
  return {
    gateway,
    open: async (key: IssuedKey): Promise<OpenAnswer> => {
      const answer = await openAnswer(gateway, key);
      answers.push(answer);
      return answer;
    },
    /** Milliseconds of `performance.now()` at its cut. */
    cut: (answer: OpenAnswer) => waitFor(() => answer.cutAtMs(), { deadlineMs, what: 'the cut' }),
    goesOn: async (answer: OpenAnswer) => {
      const before = answer.bytes();
      await waitFor(() => answer.bytes() > before, { deadlineMs, what: 'more of the answer' });
      expect(answer.cutAtMs()).toBeUndefined();
    },
    watched: () => metric('gateway_answers_watched'),
    cuts: () => metric('gateway_streams_cut_total'),
    announceRevoked: ({ keyId, organizationId }: IssuedKey) =>
      gateway.announcements.announce({
        kind: 'key_revoked',
        key_id: apiKeyIdSchema.parse(keyId),
        organization_id: organizationIdSchema.parse(organizationId),
      }),
    announceChanged: (organizationId: string, epoch: number) =>
      gateway.announcements.announce({
        kind: 'organization_changed',
        organization_id: organizationIdSchema.parse(organizationId),
        epoch,
      }),
    stop: async () => {
      for (const answer of answers) answer.leave();
      await gateway.stop();
    },
  };
}

/** Resolves with the first bytes of the answer. */
async function openAnswer(gateway: GatewayHarness, { authorization, organizationId }: IssuedKey): Promise<OpenAnswer> {
  let bytes = 0;
  let cutAtMs: number | undefined;
  const outgoing = request(gateway.url + livePath(organizationId), { headers: { authorization } });
  const note = (): void => {
    cutAtMs ??= performance.now();
  };
  outgoing.on('error', note);
  outgoing.on('response', (answer: IncomingMessage) => {
    answer.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
    });
    answer.on('error', note);
    answer.on('close', note);
  });
  outgoing.end();
  await waitFor(() => bytes > 0, { deadlineMs, what: 'the first bytes' });
  return { bytes: () => bytes, cutAtMs: () => cutAtMs, leave: () => void outgoing.destroy() };
}

/** An endless stream of events. */
export function events(...[, res]: Parameters<RequestListener>): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  const timer = setInterval(() => res.write('data: {}\n\n'), everyMs);
  res.once('close', () => clearInterval(timer));
}

/** A download that takes longer than any test. */
export function download(...[, res]: Parameters<RequestListener>): void {
  const block = Buffer.alloc(1024);
  res.writeHead(200, { 'content-length': String(1024 * 1024 * 1024) });
  const timer = setInterval(() => res.write(block), everyMs);
  res.once('close', () => clearInterval(timer));
}
