import { createServer } from 'node:http';
import { createLogger, listen, runService } from '@engagetrack/service-chassis';
import { createExampleUpstream } from './create-example-upstream.ts';
import { exampleUpstreamEnvironment } from './environment.ts';

const drainDeadlineMs = 30_000;

await runService(exampleUpstreamEnvironment, process.env, async (config) => {
  const log = createLogger({ service: 'example-upstream', level: config.LOG_LEVEL });
  const stopping = new AbortController();
  const app = createExampleUpstream({ log, now: Date.now, stopping: stopping.signal });
  const api = await listen(createServer(app), {
    host: config.HOST,
    port: config.EXAMPLE_UPSTREAM_PORT,
    variable: 'EXAMPLE_UPSTREAM_PORT',
  });
  log.info({ at: 'listening', api: api.url });

  return {
    stop: async () => {
      stopping.abort();
      await api.drain(drainDeadlineMs);
    },
  };
});
