import { fileURLToPath } from 'node:url';
import { type EnvironmentSpec, environmentFields } from '@engagetrack/service-chassis';
import { z } from 'zod';
import { hostPattern } from './front-door/public-host.ts';

const shippedRoutesFile = fileURLToPath(new URL('../config/routes.yaml', import.meta.url));

const { addressRanges, host, listOf, logLevel, port, secret, url, wholeNumber } = environmentFields;

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
  FAILED_AUTHENTICATIONS_PER_MINUTE: wholeNumber({ min: 1, max: 1_000_000, unit: 'failures' }).default(100),
  INTERNAL_TOKEN: secret(32),
  LOG_LEVEL: logLevel(),
};

export const gatewayEnvironment: EnvironmentSpec<typeof gatewayFields> = {
  fields: gatewayFields,
  secrets: ['INTERNAL_TOKEN', 'REDIS_URL'],
};
