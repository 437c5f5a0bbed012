export { createQuotaSpendingClient } from './admission/quota-spending-client.ts';
export { createGateway, type Gateway, type GatewayParts } from './create-gateway.ts';
export { gatewayFields, limitsFrom } from './environment.ts';
export { createIntrospectionClient, type Introspect } from './keys/introspection-client.ts';
export { createKeyServiceClient } from './keys/key-service-client.ts';
export { gatewayReadiness } from './readiness.ts';
export { readRouteTableFile } from './routes/route-table-file.ts';
export { createUsageClient, type SendUsageReport } from './usage/usage-client.ts';
