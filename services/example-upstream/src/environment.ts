import { type EnvironmentSpec, environmentFields } from '@engagetrack/service-chassis';

const { host, logLevel, port } = environmentFields;

export const exampleUpstreamFields = {
  EXAMPLE_UPSTREAM_PORT: port(8082),
  HOST: host(),
  LOG_LEVEL: logLevel(),
};

export const exampleUpstreamEnvironment: EnvironmentSpec<typeof exampleUpstreamFields> = {
  fields: exampleUpstreamFields,
  secrets: [],
};
