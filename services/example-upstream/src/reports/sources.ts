import { sourcesOf } from '../audience.ts';
import { breakDown, breakdownRows } from './breakdown.ts';
import type { Report } from './report.ts';

export const sourcesReport: Report = (site, range) =>
  breakdownRows(
    breakDown({ site, range, rows: sourcesOf(site) }, ({ source }) => source),
    ({ source, channel }) => ({ source, channel }),
  );
