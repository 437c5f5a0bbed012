import { fileURLToPath } from 'node:url';
import { type EnvironmentSpec, environmentFields } from '@engagetrack/service-chassis';
import { z } from 'zod';

const builtAssetsFolder = fileURLToPath(new URL('../../dist/client', import.meta.url));

const { addressRanges, host, logLevel, port, secret, url, wholeNumber } = environmentFields;

export const dashboardFields = {
  DASHBOARD_PORT: port(3000),
  DASHBOARD_ADMIN_PORT: port(9082),
  HOST: host(),
  KEYS_URL: url(['http:', 'https:'], 'http://127.0.0.1:8081'),
  /** Where this server sends test requests. */
  GATEWAY_URL: url(['http:', 'https:'], 'http://127.0.0.1:8080'),
  /** The gateway's address as customers know it, for the examples on the pages; GATEWAY_URL when unset. */
  PUBLIC_GATEWAY_URL: url(['http:', 'https:'], 'https://api.engagetrack.net').optional(),
  /**
   * The dashboard's own address in people's browsers. With `https:` the session cookie is `Secure` and `__Host-`.
   * Unset: the address in the request's Host field, over plain HTTP.
   */
  PUBLIC_URL: url(['http:', 'https:'], 'https://app.engagetrack.net').optional(),
  TRUSTED_HOPS: wholeNumber({ min: 0, max: 16, unit: 'hops' }).default(0),
  TRUSTED_PROXIES: addressRanges(),
  /** Lets the key service count log-in attempts by the browser's address rather than by this server's. */
  INTERNAL_TOKEN: secret(32).optional(),
  ASSETS_FOLDER: z.string().default(builtAssetsFolder),
  LOG_LEVEL: logLevel(),
};

export const dashboardEnvironment: EnvironmentSpec<typeof dashboardFields> = {
  fields: dashboardFields,
  secrets: ['INTERNAL_TOKEN'],
};
