import type { Product } from '@engagetrack/test-ground';

export function organizationUrl({ gateways }: Product, gateway: number, organizationId: string): string {
  const service = gateways[gateway];
  if (service === undefined) throw new Error(`There is no gateway ${gateway}`);
  return `${service.address('api')}/api/v1/organizations/${organizationId}`;
}

export function keysUrl(product: Product, gateway: number, organizationId: string): string {
  return `${organizationUrl(product, gateway, organizationId)}/api-keys`;
}

export function keyUrl(
  product: Product,
  gateway: number,
  { id, organizationId }: { readonly id: string; readonly organizationId: string },
): string {
  return `${keysUrl(product, gateway, organizationId)}/${id}`;
}
