import { designRows } from './design-rows.ts';
import { leaseRows } from './lease-rows.ts';
import { outageRows } from './outage-rows.ts';
import { protocolRows } from './protocol-rows.ts';
import type { RowGroup } from './row.ts';

/** Every row that the checker is held to. @param isLarge wider bounds, for minutes instead of seconds. */
export function allRows(isLarge: boolean): readonly RowGroup[] {
  return [designRows, leaseRows(isLarge), protocolRows(isLarge), outageRows(isLarge)];
}
