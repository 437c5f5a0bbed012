import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AdmissionStore, AnnouncementBus } from '@engagetrack/admission-store';
import { createBoundedWork, createCallers, type Logger, type TrustedProxies } from '@engagetrack/service-chassis';
import type { Registry } from 'prom-client';
import { createAdmit } from './admission/admit.ts';
import { createFailedAuthenticationLimit } from './admission/failed-authentication-limit.ts';
import { createKeyConcurrency } from './admission/key-concurrency.ts';
import { createQuotaDetour } from './admission/quota-detour.ts';
import { createQuotaMemory } from './admission/quota-memory.ts';
import type { SpendThroughKeyService } from './admission/quota-spending-client.ts';
import { createAuthenticate } from './authenticate.ts';
import { createForward } from './forward/forward.ts';
import { createEntrance } from './front-door/entrance.ts';
import { createLateRefusals } from './front-door/late-refusals.ts';
import { createPublicHost } from './front-door/public-host.ts';
import { createFrontDoor } from './front-door/server.ts';
import { createHandleRequest } from './handle-request.ts';
import type { Introspect } from './keys/introspection-client.ts';
import { createIntrospectionLimit } from './keys/introspection-limit.ts';
import { createKeyDirectory } from './keys/key-directory.ts';
import { followRevocations } from './keys/revocation-feed.ts';
import { createWatchedAnswers } from './keys/watched-answers.ts';
import { type GatewayLimits, usualLimits } from './limits.ts';
import type { RouteTable } from './routes/route-table.ts';
import { createStoreClock, type StoreClock } from './store-clock.ts';
import { createGatewayMetrics, type GatewayMetrics } from './telemetry/metrics.ts';
import { type CountUsage, createRequestLines } from './telemetry/request-log.ts';
import type { SendUsageReport } from './usage/usage-client.ts';
import { createUsageCounts, type UsageCounts } from './usage/usage-counts.ts';
import { createUsageReporter } from './usage/usage-reporter.ts';

export interface GatewayParts {
  readonly routeTable: RouteTable;
  readonly store: AdmissionStore;
  readonly announcements: AnnouncementBus;
  readonly introspect: Introspect;
  readonly spendThroughKeyService: SpendThroughKeyService;
  readonly sendUsageReport: SendUsageReport;
  /** Milliseconds between two usage reports; ten seconds when absent. */
  readonly usageReportIntervalMs?: number;
  readonly internalToken: string;
  readonly trustedProxies: TrustedProxies;
  /** The names of this API, the usual one first; without any, upstreams get no `X-Forwarded-Host`. */
  readonly publicHosts: readonly string[];
  /** What is absent has its usual value. */
  readonly limits?: Partial<GatewayLimits>;
  readonly log: Logger;
  readonly registry: Registry;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

export interface Gateway {
  /** Not yet listening. */
  readonly server: Server;
  /** Gives back memory that can be rebuilt. */
  shed(): void;
  /** Sends all late refusals at once, and every later one too; called before the server is drained. */
  refuseWithoutWaiting(): void;
  /** Called after the server has answered everything: reports the last usage, and ends the rest. */
  close(): Promise<void>;
}

/** Spends by way of the key service. More than concurrentMax wait; past waitingMax, or after waitMs, they fail. */
const detourBounds = { concurrentMax: 32, waitingMax: 2_048, waitMs: 2_000 };

export function createGateway(parts: GatewayParts): Gateway {
  const { routeTable, announcements, internalToken, log, now, monotonicNow } = parts;
  const limits: GatewayLimits = { ...usualLimits, ...parts.limits };
  const metrics = createGatewayMetrics(parts.registry);
  const lateRefusals = createLateRefusals((count) => metrics.refusalsWaiting.set(count));
  const store = countVerdicts(parts.store, metrics);
  const clock = createStoreClock(now, monotonicNow);
  const directory = createKeyDirectory({
    introspect: createIntrospectionLimit(countOutcomes(parts.introspect, metrics), monotonicNow),
    monotonicNow,
    storeTimeMs: store.latestTimeMs,
    knownKeysMax: limits.knownKeysMax,
  });
  const gatewayId = randomUUID();
  const watchedAnswers = createWatchedAnswers({ gatewayId, store, directory, clock, metrics, monotonicNow });
  const quotas = createQuotaMemory({ storeNow: clock.now, liveGateways: watchedAnswers.liveGateways });
  const spendThroughKeyService = countDetours(parts.spendThroughKeyService, metrics);
  const bounded = createBoundedWork(detourBounds);
  const detour = createQuotaDetour({
    spendThroughKeyService: (request) => bounded(() => spendThroughKeyService(request)),
    quotas,
  });
  const admit = createAdmit({ store, directory, quotas, detour, clock, metrics, monotonicNow });
  const failures = createFailedAuthenticationLimit(limits.failedAuthenticationsMax, now);
  const authenticate = createAuthenticate({ directory, admit, failures });
  const usage = createUsageCounts();
  const countUsage = createCountUsage(usage, clock, metrics);
  const lines = createRequestLines({ log, metrics, countUsage, monotonicNow });
  const forward = createForward({ upstreams: routeTable.upstreams, internalToken, limits, lines, monotonicNow });
  const handleRequest = createHandleRequest({
    routeTable,
    authenticate,
    keyConcurrency: createKeyConcurrency(limits.decisionsPerKeyMax),
    forward,
    watchedAnswers,
  });
  const usageReporter = createUsageReporter({
    gatewayId,
    counts: usage,
    send: parts.sendUsageReport,
    intervalMs: parts.usageReportIntervalMs,
    metrics,
    log,
  });
  const server = createFrontDoor({
    entrance: createEntrance({
      handleRequest,
      callers: createCallers(parts.trustedProxies, log),
      publicHost: createPublicHost(parts.publicHosts),
      requestsInProgressMax: limits.requestsInProgressMax,
      lateRefusals,
      log,
      metrics,
      lines,
    }),
    limits,
    closedForReadAhead: () => metrics.connectionsClosed.inc(),
    now,
  });
  const unfollow = followRevocations(announcements, directory, watchedAnswers);
  watchedAnswers.start();
  usageReporter.start();
  return {
    server,
    shed: directory.shed,
    refuseWithoutWaiting: lateRefusals.stop,
    close: async () => {
      unfollow();
      watchedAnswers.stop();
      forward.close();
      await usageReporter.stop();
    },
  };
}

/** The clock that all gateways share, so that their counts fall into the same minutes. */
function createCountUsage(usage: UsageCounts, clock: StoreClock, { usageLost }: GatewayMetrics): CountUsage {
  return ({ organizationId, keyId }, { name: routeClass }, status) => {
    const isCounted = usage.add({ organizationId, keyId, routeClass, status, atMs: clock.now() });
    if (!isCounted) usageLost.inc();
  };
}

function countVerdicts(store: AdmissionStore, { admissions }: GatewayMetrics): AdmissionStore {
  return {
    ...store,
    spend: async (request) => {
      try {
        const admission = await store.spend(request);
        admissions.inc({ verdict: admission.verdict });
        return admission;
      } catch (error) {
        admissions.inc({ verdict: 'failed' });
        throw error;
      }
    },
  };
}

function countDetours(spend: SpendThroughKeyService, { detours }: GatewayMetrics): SpendThroughKeyService {
  return async (request) => {
    try {
      const admission = await spend(request);
      detours.inc({ outcome: admission.verdict });
      return admission;
    } catch (error) {
      detours.inc({ outcome: 'failed' });
      throw error;
    }
  };
}

function countOutcomes(introspect: Introspect, { introspections }: GatewayMetrics): Introspect {
  return async (hash) => {
    try {
      const answer = await introspect(hash);
      introspections.inc({ outcome: answer.active ? 'active' : 'inactive' });
      return answer;
    } catch (error) {
      introspections.inc({ outcome: 'failed' });
      throw error;
    }
  };
}
