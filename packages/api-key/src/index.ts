export type { ApiKeyHash } from './api-key.ts';
export {
  ApiKey,
  generateApiKey,
  hashApiKey,
  isApiKeyText,
  nobodysHash,
  parseApiKey,
  parseApiKeyHash,
} from './api-key.ts';
