import type { ApiKeyStatus, OrganizationId } from '@engagetrack/contracts';
import { QueryClient, queryOptions } from '@tanstack/react-query';
import { isTransient } from './api-error.ts';
import { listApiKeys, showSession, showUsage } from './requests.ts';

/**
 * The answers that stay in memory while the pages are open: the session, and lists of keys. A created key is never
 * among them: only the component that shows it has it.
 */
export const sessionQuery = queryOptions({ queryKey: ['session'], queryFn: showSession, staleTime: 60_000 });

/** Milliseconds. Gateways report every ten seconds; a page that stays open is about a minute behind. */
const fresh = { staleTime: 15_000, refetchInterval: 60_000 };

export function apiKeysQuery(organizationId: OrganizationId, status: ApiKeyStatus = 'active') {
  return queryOptions({
    queryKey: [...everyApiKeysQuery(organizationId).queryKey, status],
    queryFn: () => listApiKeys(organizationId, status),
    ...fresh,
  });
}

/** The prefix of all queries about an organization's keys, in every state. */
export function everyApiKeysQuery(organizationId: OrganizationId) {
  return { queryKey: ['api-keys', organizationId] };
}

export function usageQuery(organizationId: OrganizationId) {
  return queryOptions({ queryKey: ['usage', organizationId], queryFn: () => showUsage(organizationId), ...fresh });
}

const retriesMax = 1;
const retryDelayMs = 400;

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => failures < retriesMax && isTransient(error),
        retryDelay: retryDelayMs,
        // The server has this origin, so a request tells better than the browser's guess whether it can be reached.
        networkMode: 'always',
      },
    },
  });
}
