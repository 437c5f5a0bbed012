import { writeFileSync } from 'node:fs';
import prepare from './global-setup.ts';
import { startSystem } from './system.ts';

await prepare();
const system = await startSystem();
await system.addOrganization({ id: 'org_maker', name: 'Hobby Blog', plan: 'maker' });
await system.addOrganization({ id: 'org_empty', name: 'Fresh Start', plan: 'agency' });
await system.addMember({ organizationId: 'org_maker', email: system.owner.email, role: 'owner' });
await system.addMember({ organizationId: 'org_empty', email: system.owner.email, role: 'admin' });
await system.addMember({ organizationId: system.owner.organizationId, email: 'member@example.com', role: 'member' });
await system.addMember({ organizationId: system.owner.organizationId, email: 'admin@example.com', role: 'admin' });
writeFileSync(
  '/tmp/dash/system.json',
  JSON.stringify({
    url: system.url,
    gatewayUrl: system.gatewayUrl,
    owner: system.owner,
    keysUrl: system.product.keys.address('api'),
    chromium: process.env.TEST_CHROMIUM,
    db: process.env.TEST_DATABASE_URL,
  }),
);
console.log('up', system.url);
process.on('SIGTERM', async () => {
  await system.stop();
  process.exit(0);
});
setInterval(() => {}, 1000);
