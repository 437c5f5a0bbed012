/**
 * A reference that does the gateway's job with fastify and @fastify/reply-from: key hash and map, scope, the same command
 * to Redis, quota fields, identity fields for the upstream, one log line, a counter and a histogram. It leaves out what
 * makes a gateway safe: raw checks, revocation without Redis, deadlines, cuts, allow-lists.
 *
 * Environment: UPSTREAM_URL, REDIS_URL, API_KEYS (with commas between them), ORGANIZATION_ID.
 */
import { createRedisAdmissionStore, type RateLimitPolicy } from '@engagetrack/admission-store';
import { type ApiKeyHash, hashApiKey, parseApiKey } from '@engagetrack/api-key';
import { apiKeyIdSchema, identityHeaders, organizationIdSchema, type Scope } from '@engagetrack/contracts';
import { connectRedis, createLogger, createRequestMetrics } from '@engagetrack/service-chassis';
import replyFrom from '@fastify/reply-from';
import fastify from 'fastify';
import { Registry } from 'prom-client';
import { requiredVariable } from '../load-kit/required-variable.ts';

interface Caller {
  readonly keyId: string;
  readonly scopes: ReadonlySet<Scope>;
  spend(): ReturnType<typeof store.spend>;
}

const log = createLogger({ service: 'fastify', level: 'info' });
const store = createRedisAdmissionStore(
  connectRedis({ url: requiredVariable('REDIS_URL'), name: 'fastify', commandTimeoutMs: 1_000, log }),
  { deadlineMs: 1_000 },
);
const metrics = createRequestMetrics({ registry: new Registry(), service: 'fastify' });
const organizationId = organizationIdSchema.parse(requiredVariable('ORGANIZATION_ID'));
const policy: RateLimitPolicy = { name: 'analytics', quota: 1_000_000, windowSeconds: 60 };
const neededScope: Scope = 'analytics:read';
const route = 'analytics.stats';
/** An epoch that no change of the organization can be newer than: its plan does not change in a run. */
const epoch = Number.MAX_SAFE_INTEGER;

const callers = new Map<ApiKeyHash, Caller>();
for (const [n, text] of requiredVariable('API_KEYS').split(',').entries()) {
  const key = parseApiKey(text);
  if (key === undefined) throw new Error('API_KEYS has a text that is no API key');
  const keyId = apiKeyIdSchema.parse(`key_${String(n).padStart(24, '0')}`);
  const question = { keyId, organizationId, epoch, expiresAtMs: undefined, policy, carried: undefined };
  callers.set(hashApiKey(key), {
    keyId,
    scopes: new Set<Scope>(['analytics:read', 'sites:read']),
    spend: () => store.spend(question),
  });
}

const app = fastify({ logger: false, genReqId: () => crypto.randomUUID() });
await app.register(replyFrom, { base: requiredVariable('UPSTREAM_URL') });
app.get('/api/v1/organizations/:organization/sites/:site/analytics/stats', async (request, reply) => {
  const startedAtMs = performance.now();
  const key = parseApiKey(request.headers.authorization?.slice('Bearer '.length) ?? '');
  const caller = key && callers.get(hashApiKey(key));
  if (caller === undefined) return reply.code(401).send({ error: 'Invalid or expired API key' });
  if (!caller.scopes.has(neededScope)) return reply.code(403).send({ error: 'API key missing required scope' });
  const spent = await caller.spend();
  if (spent.verdict !== 'spent') return reply.code(503).send({ error: 'Service temporarily unavailable' });
  const remaining = Math.max(0, policy.quota - spent.count);
  const resetSeconds = spent.windowEndMs / 1_000;
  reply.headers({
    'x-request-id': request.id,
    'x-ratelimit-limit': policy.quota,
    'x-ratelimit-remaining': remaining,
    'x-ratelimit-reset': resetSeconds,
    'ratelimit-policy': `"${policy.name}";q=${policy.quota};w=${policy.windowSeconds}`,
    ratelimit: `"${policy.name}";r=${remaining};t=${Math.ceil(resetSeconds - spent.nowMs / 1_000)}`,
  });
  reply.raw.once('close', () => {
    const ms = performance.now() - startedAtMs;
    const status = reply.raw.statusCode;
    metrics.requests.inc({ route, status });
    metrics.duration.observe({ route }, ms / 1_000);
    log.info({
      at: 'request',
      request_id: request.id,
      route,
      status,
      key_id: caller.keyId,
      organization_id: organizationId,
      ms: Math.round(ms * 10) / 10,
    });
  });
  return reply.from(request.url, {
    rewriteRequestHeaders: (_request, headers) => {
      const { authorization: _, ...rest } = headers;
      return {
        ...rest,
        'x-request-id': request.id,
        'x-forwarded-for': request.ip,
        [identityHeaders.organizationId]: organizationId,
        [identityHeaders.apiKeyId]: caller.keyId,
        [identityHeaders.scopes]: [...caller.scopes].join(' '),
        [identityHeaders.authType]: 'api_key',
      };
    },
  });
});
await store.whenHeard(1_000);
const api = await app.listen({ host: '127.0.0.1', port: 0 });
log.info({ at: 'listening', api });
