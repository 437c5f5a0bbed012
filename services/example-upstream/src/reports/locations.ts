import { countriesOf } from '../audience.ts';
import { breakDown, breakdownRows } from './breakdown.ts';
import type { Report } from './report.ts';

export const locationsReport: Report = (site, range) =>
  breakdownRows(
    breakDown({ site, range, rows: countriesOf(site) }, ({ country_code }) => country_code),
    ({ country_code, country }) => ({ country_code, country }),
  );
