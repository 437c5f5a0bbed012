export type { ApiKeyHash } from './api-key.ts';
export { ApiKey, generateApiKey, hashApiKey, isApiKeyText, parseApiKey } from './api-key.ts';
