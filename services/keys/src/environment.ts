import { type EnvironmentSpec, environmentFields } from '@engagetrack/service-chassis';

const { addressRanges, host, logLevel, port, secret, url, wholeNumber } = environmentFields;

const databaseUrl = url(['postgres:', 'postgresql:'], 'postgres://user:password@127.0.0.1:5432/engagetrack');

export const keysFields = {
  KEYS_PORT: port(8081),
  KEYS_INTERNAL_PORT: port(8091),
  KEYS_ADMIN_PORT: port(9081),
  HOST: host(),
  DATABASE_URL: databaseUrl,
  REDIS_URL: url(['redis:', 'rediss:'], 'redis://127.0.0.1:6379'),
  /** Between gateways or dashboards and this service. */
  TRUSTED_HOPS: wholeNumber({ min: 0, max: 16, unit: 'hops' }).default(0),
  TRUSTED_PROXIES: addressRanges(),
  INTERNAL_TOKEN: secret(32),
  LOG_LEVEL: logLevel(),
};

export const keysEnvironment: EnvironmentSpec<typeof keysFields> = {
  fields: keysFields,
  secrets: ['DATABASE_URL', 'INTERNAL_TOKEN', 'REDIS_URL'],
};

/** The variables of the commands that only work on the database. */
export const databaseEnvironment: EnvironmentSpec<{ DATABASE_URL: typeof databaseUrl }> = {
  fields: { DATABASE_URL: databaseUrl },
  secrets: ['DATABASE_URL'],
};
