import { createLogger } from '@engagetrack/service-chassis';
import type { Express } from 'express';
import supertest from 'supertest';
import { createExampleUpstream, type ExampleUpstreamParts } from '../src/index.ts';

/** A Saturday afternoon. */
export const nowMs = Date.UTC(2026, 2, 14, 12, 0, 18, 250);
export const sitesPath = '/api/v1/organizations/org_a/sites';
export const sitePath = `${sitesPath}/site_1`;

export const silentLog = createLogger({ service: 'example-upstream', level: 'silent' });

export function createApp(parts: Partial<ExampleUpstreamParts> = {}): Express {
  return createExampleUpstream({ log: silentLog, now: () => nowMs, ...parts });
}

/** The identity headers as the gateway sends them. */
export function identityOf(organizationId: string): Readonly<Record<string, string>> {
  return {
    'X-Org-Id': organizationId,
    'X-Api-Key-Id': 'key_1',
    'X-Auth-Scopes': 'analytics:read sites:read',
    'X-Auth-Type': 'api_key',
  };
}

/** Sends requests to an app as one organization. */
export function callerOf(app: Express, organizationId = 'org_a') {
  const identity = identityOf(organizationId);
  return {
    get: (path: string) => supertest(app).get(path).set(identity),
    head: (path: string) => supertest(app).head(path).set(identity),
    post: (path: string) => supertest(app).post(path).set(identity),
    put: (path: string) => supertest(app).put(path).set(identity),
    patch: (path: string) => supertest(app).patch(path).set(identity),
    delete: (path: string) => supertest(app).delete(path).set(identity),
  };
}

/** The sum of one member over rows. */
export function sumOf(rows: readonly Readonly<Record<string, number>>[], member: string): number {
  return rows.reduce((sum, row) => sum + (row[member] ?? Number.NaN), 0);
}
