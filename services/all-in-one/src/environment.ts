import { resolve } from 'node:path';
import { dashboardFields } from '@engagetrack/dashboard';
import { exampleUpstreamFields } from '@engagetrack/example-upstream';
import { gatewayFields } from '@engagetrack/gateway';
import { demoFields, demoSecrets, keysFields } from '@engagetrack/keys';
import { type EnvironmentSpec, environmentFields } from '@engagetrack/service-chassis';
import { z } from 'zod';

// The wiring sets these: the services find each other without a variable.
const {
  INTERNAL_TOKEN: _gatewayToken,
  KEYS_URL: _keysUrl,
  KEYS_INTERNAL_URL: _keysInternalUrl,
  ...gateway
} = gatewayFields;
const { INTERNAL_TOKEN: _keysToken, ...keys } = keysFields;
const {
  INTERNAL_TOKEN: _dashboardToken,
  KEYS_URL: _dashboardKeysUrl,
  GATEWAY_URL: _gatewayUrl,
  ...dashboard
} = dashboardFields;

/** All variables of the services, with databases, Redis and upstreams optional. */
const fields = {
  ...gateway,
  ...keys,
  ...dashboard,
  ...exampleUpstreamFields,
  ...demoFields,
  DATA_DIR: z
    .string()
    .default('./data')
    .transform((path) => resolve(path)),
  /** Unset: Postgres inside this process, in DATA_DIR. */
  DATABASE_URL: keys.DATABASE_URL.optional(),
  /** Unset: counters, markers and announcements in memory. */
  REDIS_URL: gateway.REDIS_URL.optional(),
  /** Unset: the example upstream of this process. */
  UPSTREAM_URL: gateway.UPSTREAM_URL.optional(),
  /** At `info` each request logs one line. */
  LOG_LEVEL: environmentFields.logLevel('warn'),
};

export const allInOneEnvironment: EnvironmentSpec<typeof fields> = {
  fields,
  secrets: ['DATABASE_URL', 'REDIS_URL', ...demoSecrets],
};
