export { inParallel } from './in-parallel.ts';
export { type LoopbackServer, listenOnLoopback } from './listen-on-loopback.ts';
export { type Answer, type ApiClient, type CreatedKey, createApiClient } from './processes/api-client.ts';
export { buildPages } from './processes/build-pages.ts';
export { type Garbage, readGarbage } from './processes/garbage.ts';
export { gatewayHeapFlags } from './processes/gateway-heap-flags.ts';
export { hooks } from './processes/hooks.ts';
export {
  canReadAccounts,
  type ProcessAccount,
  readAccount,
  residentBytes,
  watchResidentBytes,
} from './processes/process-account.ts';
export {
  type Arrival,
  nonceParameter,
  type RecordingUpstream,
  startRecordingUpstream,
  type UpstreamBehaviour,
} from './processes/recording-upstream.ts';
export { startAgain } from './processes/start-again.ts';
export {
  type HearOutput,
  listeningAddresses,
  type ProcessExit,
  type RunningProcess,
  runProcess,
  startProcess,
} from './processes/start-process.ts';
export {
  type Connection,
  type ConnectThrough,
  type Product,
  type RunningService,
  startProduct,
} from './processes/start-product.ts';
export { type ProductOnRunStores, startProductOnRunStores } from './processes/start-product-on-run-stores.ts';
export { orRefuse, readArguments } from './read-arguments.ts';
export { createSeededRandom, type SeededRandom } from './seeded-random.ts';
export { createSelfSignedCertificate } from './self-signed-certificate.ts';
export { tableOf } from './table-of.ts';
export { holdsWithin, settlesWithin, turn } from './timing/holds-within.ts';
export { itJudgesTime } from './timing/it-judges-time.ts';
export { othersCpuSince } from './timing/others-cpu.ts';
export { ownCpuMs } from './timing/own-cpu-ms.ts';
