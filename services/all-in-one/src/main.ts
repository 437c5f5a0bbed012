import { runService } from '@engagetrack/service-chassis';
import { allInOneEnvironment } from './environment.ts';
import { type Everything, startEverything } from './start-everything.ts';
import { tour } from './tour.ts';

/** Milliseconds between two lines of progress. A warm start is over before the first. */
const progressEveryMs = 3_000;

await runService(allInOneEnvironment, process.env, async (config) => {
  let step = 'starting';
  const progress = setInterval(() => console.error(`… ${step}`), progressEveryMs);
  const everything = await startEverything(config, (next) => {
    step = next;
  }).finally(() => clearInterval(progress));
  console.log(
    greeting(everything, {
      organizationId: config.DEMO_ORG_ID,
      email: config.DEMO_EMAIL,
      password: everything.demo?.password ?? config.DEMO_PASSWORD,
    }),
  );
  return everything;
});

interface DemoAccount {
  readonly organizationId: string;
  readonly email: string;
  readonly password: string | undefined;
}

function greeting(
  { addresses, gatewayUrl, dashboardUrl }: Everything,
  { organizationId, email, password }: DemoAccount,
): string {
  const width = Math.max(...Object.keys(addresses).map((name) => name.length));
  const lines = Object.entries(addresses).map(([name, address]) => `  ${name.padEnd(width)}  ${address}`);
  // `localhost` as in the published examples.
  const gateway = gatewayUrl.replace('127.0.0.1', 'localhost');
  return [
    'EngageTrack API-key gateway',
    ...lines,
    '',
    `The tour: paste these lines into a shell (organization ${organizationId}, owner ${email}).`,
    tour({ gateway, organizationId, email, password }),
    `The same with the mouse: ${dashboardUrl}/settings/api-keys, logged in as ${email} with that password.`,
    'LOG_LEVEL=info prints one line a request. Ctrl+C stops everything.',
  ].join('\n');
}
