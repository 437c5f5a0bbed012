import { fileURLToPath } from 'node:url';
import { type EnvironmentSpec, environmentFields, readOpenFilesMax } from '@engagetrack/service-chassis';
import { z } from 'zod';
import { connectionsMaxFor } from './front-door/connection-limit.ts';
import { hostPattern } from './front-door/public-host.ts';
import { type GatewayLimits, usualLimits } from './limits.ts';

const shippedRoutesFile = fileURLToPath(new URL('../config/routes.yaml', import.meta.url));

const { addressRanges, host, listOf, logLevel, port, secret, url, wholeNumber } = environmentFields;

/** The variables of the limits; limits.ts says what each means. */
const limitFields = {
  FAILED_AUTHENTICATIONS_PER_MINUTE: ceiling('failures', usualLimits.failedAuthenticationsMax),
  REQUESTS_IN_PROGRESS_MAX: ceiling('requests', usualLimits.requestsInProgressMax),
  /** As many as the open files allow when unset. */
  CONNECTIONS_MAX: wholeNumber({ min: 1, max: 1_000_000, unit: 'connections' }).optional(),
  REQUESTS_PER_CONNECTION_MAX: ceiling('requests', usualLimits.requestsPerConnectionMax),
  REQUESTS_PER_UPSTREAM_MAX: ceiling('requests', usualLimits.requestsPerUpstreamMax),
  DECISIONS_PER_KEY_MAX: ceiling('requests', usualLimits.decisionsPerKeyMax),
  KNOWN_KEYS_MAX: ceiling('keys', usualLimits.knownKeysMax),
  HEAD_TIMEOUT_MS: deadline(usualLimits.headTimeoutMs),
  REQUEST_TIMEOUT_MS: deadline(usualLimits.requestTimeoutMs),
  IDLE_TIMEOUT_MS: deadline(usualLimits.idleTimeoutMs),
  WRITE_TIMEOUT_MS: deadline(usualLimits.writeTimeoutMs),
  BODY_IDLE_TIMEOUT_MS: deadline(usualLimits.bodyIdleTimeoutMs),
  UPSTREAM_CONNECT_TIMEOUT_MS: deadline(usualLimits.connectTimeoutMs),
  EXCHANGE_TIMEOUT_MS: deadline(usualLimits.exchangeTimeoutMs),
};

export const gatewayFields = {
  GATEWAY_PORT: port(8080),
  GATEWAY_ADMIN_PORT: port(9080),
  HOST: host(),
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://127.0.0.1:6379'),
  /** Milliseconds. A request waits no longer for Redis before it asks the authority. */
  REDIS_DEADLINE_MS: wholeNumber({ min: 1, max: 10_000, unit: 'milliseconds' }).default(50),
  KEYS_URL: url(['http:', 'https:'], 'http://127.0.0.1:8081'),
  KEYS_INTERNAL_URL: url(['http:', 'https:'], 'http://127.0.0.1:8091'),
  UPSTREAM_URL: url(['http:', 'https:'], 'http://127.0.0.1:8082'),
  ROUTES_FILE: z.string().default(shippedRoutesFile),
  /** Replaces the route table's `defaults.timeout`. */
  UPSTREAM_TIMEOUT_MS: wholeNumber({ min: 1, max: 600_000, unit: 'milliseconds' }).optional(),
  TRUSTED_HOPS: wholeNumber({ min: 0, max: 16, unit: 'hops' }).default(0),
  TRUSTED_PROXIES: addressRanges(),
  /** The names of this API; an upstream gets one of them as `X-Forwarded-Host`, and none when unset. */
  PUBLIC_HOSTS: listOf(
    hostPattern,
    'must be host names with commas between them, each with a port where it has one, such as api.engagetrack.net',
  ),
  ...limitFields,
  INTERNAL_TOKEN: secret(32),
  LOG_LEVEL: logLevel(),
};

export const gatewayEnvironment: EnvironmentSpec<typeof gatewayFields> = {
  fields: gatewayFields,
  secrets: ['INTERNAL_TOKEN', 'REDIS_URL'],
};

export function limitsFrom(config: z.infer<z.ZodObject<typeof limitFields>>): GatewayLimits {
  return {
    failedAuthenticationsMax: config.FAILED_AUTHENTICATIONS_PER_MINUTE,
    requestsInProgressMax: config.REQUESTS_IN_PROGRESS_MAX,
    connectionsMax: config.CONNECTIONS_MAX ?? connectionsMaxFor(readOpenFilesMax()),
    requestsPerConnectionMax: config.REQUESTS_PER_CONNECTION_MAX,
    requestsPerUpstreamMax: config.REQUESTS_PER_UPSTREAM_MAX,
    decisionsPerKeyMax: config.DECISIONS_PER_KEY_MAX,
    knownKeysMax: config.KNOWN_KEYS_MAX,
    headTimeoutMs: config.HEAD_TIMEOUT_MS,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    idleTimeoutMs: config.IDLE_TIMEOUT_MS,
    writeTimeoutMs: config.WRITE_TIMEOUT_MS,
    bodyIdleTimeoutMs: config.BODY_IDLE_TIMEOUT_MS,
    connectTimeoutMs: config.UPSTREAM_CONNECT_TIMEOUT_MS,
    exchangeTimeoutMs: config.EXCHANGE_TIMEOUT_MS,
  };
}

function ceiling(unit: string, usual: number) {
  return wholeNumber({ min: 1, max: 1_000_000, unit }).default(usual);
}

function deadline(usualMs: number) {
  return wholeNumber({ min: 1, max: 86_400_000, unit: 'milliseconds' }).default(usualMs);
}
