import type { OrganizationId } from '@engagetrack/contracts';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { usageQuery } from '../../api/queries.ts';
import { knownUsage, type Usage } from './key-usage.ts';

/** The last day's usage of every key of the organization. Nothing on the page waits for it. */
export function useUsage(organizationId: OrganizationId): Usage {
  const { data, isError } = useQuery(usageQuery(organizationId));
  return useMemo(() => {
    if (data === undefined) return isError ? 'unknown' : 'waiting';
    return knownUsage(data);
  }, [data, isError]);
}
