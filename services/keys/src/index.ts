export { type AccountStore, createAccountStore } from './account-store.ts';
export { createKeysService, type KeysService, type KeysServiceParts } from './create-keys-service.ts';
export { type KeysDatabases, openPGlite, openPostgres } from './db/database.ts';
export { migrate, requireMigrated } from './db/migrate.ts';
export { demoFields, demoSecrets } from './demo-environment.ts';
export { createDemoOrganization, type DemoOrganization } from './demo-organization.ts';
export { keysFields } from './environment.ts';
export { createLedgerStore } from './ledger-store.ts';
export { createPasswords } from './passwords.ts';
