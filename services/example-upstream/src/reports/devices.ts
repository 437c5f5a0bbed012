import { devicesOf } from '../audience.ts';
import { breakDown, breakdownRows } from './breakdown.ts';
import type { Report } from './report.ts';

export const devicesReport: Report = (site, range) =>
  breakdownRows(
    breakDown({ site, range, rows: devicesOf(site) }, ({ device }) => device),
    ({ device }) => ({ device }),
  );
