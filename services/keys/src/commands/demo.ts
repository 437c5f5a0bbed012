import { createLogger, readEnvironment, runCommand } from '@engagetrack/service-chassis';
import { createAccountStore } from '../account-store.ts';
import { openPostgres } from '../db/database.ts';
import { requireMigrated } from '../db/migrate.ts';
import { reachableOrExplain } from '../db/reachable.ts';
import { demoFields, demoSecrets } from '../demo-environment.ts';
import { createDemoOrganization } from '../demo-organization.ts';
import { databaseEnvironment } from '../environment.ts';
import { createPasswords } from '../passwords.ts';

const demoEnvironment = {
  fields: { ...databaseEnvironment.fields, ...demoFields },
  secrets: [...databaseEnvironment.secrets, ...demoSecrets],
};

/** `npm run demo`: creates the demo organization on an empty database and prints its owner's password this once. */
await runCommand(async () => {
  const config = readEnvironment(demoEnvironment, process.env);
  const databases = openPostgres(config.DATABASE_URL, createLogger({ service: 'demo', level: 'warn' }));
  try {
    await reachableOrExplain(() => requireMigrated(databases.main));
    const demo = await createDemoOrganization(createAccountStore(databases.main), createPasswords(), {
      email: config.DEMO_EMAIL,
      password: config.DEMO_PASSWORD,
      organizationId: config.DEMO_ORG_ID,
    });
    if (demo === undefined) console.log('The database already has an organization: nothing was changed');
    else console.log(`Organization ${demo.organizationId}, owner ${demo.email}, password ${demo.password}`);
  } finally {
    await databases.close();
  }
});
