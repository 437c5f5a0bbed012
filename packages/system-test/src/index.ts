export { type Answer, type ApiClient, type CreatedKey, createApiClient } from './processes/api-client.ts';
export { gatewayHeapFlags } from './processes/gateway-heap-flags.ts';
export {
  listeningAddresses,
  type ProcessExit,
  type RunningProcess,
  runProcess,
  startProcess,
} from './processes/start-process.ts';
export { type Product, type RunningService, startProduct } from './processes/start-product.ts';
