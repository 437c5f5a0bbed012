import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AdmissionStore, AnnouncementBus, RevocationStore } from '@engagetrack/admission-store';
import { nobodysHash } from '@engagetrack/api-key';
import {
  createCallers,
  type Logger,
  logRequests,
  noProxies,
  type Readiness,
  type RedisConnection,
  type TrustedProxies,
} from '@engagetrack/service-chassis';
import type { Registry } from 'prom-client';
import { createAccountStore } from './account-store.ts';
import { createAcknowledge } from './acknowledgement.ts';
import { createApiKeyStore } from './api-key-store.ts';
import { type AppParts, createInternalApp, createPublicApp } from './app.ts';
import type { KeysDatabases } from './db/database.ts';
import { createLedgerStore } from './ledger-store.ts';
import { createLogInLimit } from './log-in-limit.ts';
import { createKeysMetrics } from './metrics.ts';
import { createPasswords } from './passwords.ts';
import { createRevocationAnnouncer } from './revocation-announcer.ts';
import { createUsageStore } from './usage-store.ts';
import { createWitnessRenewer } from './witness-renewer.ts';

export interface KeysServiceParts {
  readonly databases: KeysDatabases;
  readonly revocations: RevocationStore;
  /** The store where this service spends units for gateways that do not reach it themselves. */
  readonly admission: AdmissionStore;
  readonly announcements: AnnouncementBus;
  readonly internalToken: string;
  /** Proxies between gateways or dashboards and this service; none when absent. */
  readonly trustedProxies?: TrustedProxies;
  /** Counts the log-in attempts of all key services; without it each service counts alone. */
  readonly redis?: RedisConnection;
  readonly log: Logger;
  readonly registry: Registry;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** A clock that never steps, milliseconds. */
  readonly monotonicNow: () => number;
}

export interface KeysService {
  /** Not yet listening. */
  readonly publicServer: Server;
  /** Not yet listening; for gateways only. */
  readonly internalServer: Server;
  readonly readiness: Readiness;
  /**
   * Introspects a hash of no key, so that a gateway's first question waits neither for connections nor for cold code.
   */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}

const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

export function createKeysService(parts: KeysServiceParts): KeysService {
  const { databases, revocations, internalToken, redis, log, registry, now, monotonicNow } = parts;
  const metrics = createKeysMetrics(registry);
  const store = createApiKeyStore(databases);
  const ledger = createLedgerStore(databases);
  const instance = randomBytes(12).toString('hex');
  const renewer = createWitnessRenewer({ instance, ledger, revocations, store, metrics, log, monotonicNow });
  const appParts: AppParts = {
    accounts: createAccountStore(databases.main),
    store,
    admission: parts.admission,
    usage: createUsageStore(databases),
    acknowledge: createAcknowledge({ revocations, ledger, monotonicNow }),
    announce: createRevocationAnnouncer(parts.announcements, log),
    passwords: createPasswords(),
    logInLimit: createLogInLimit({ now, ...(redis && { redis }) }),
    internalToken,
    callers: createCallers(parts.trustedProxies ?? noProxies, log),
    logRequests: logRequests({ log, metrics, monotonicNow }),
    metrics,
    log,
    now,
  };
  const serverOptions = { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs };
  renewer.start();
  return {
    publicServer: createServer(serverOptions, createPublicApp(appParts)),
    internalServer: createServer(serverOptions, createInternalApp(appParts)),
    readiness: async () => {
      try {
        await ledger.readClock('main');
        return undefined;
      } catch {
        return 'the database does not answer';
      }
    },
    warmUp: async () => {
      await store.introspect(nobodysHash).catch((error: unknown) => log.warn({ at: 'warm_up_failed', err: error }));
    },
    close: () => renewer.stop(),
  };
}
