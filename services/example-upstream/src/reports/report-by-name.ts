import { datesOf, rangeOfPeriod } from '../calendar.ts';
import { pageOf, type ReportQuery } from '../query.ts';
import type { Site } from '../site.ts';
import { channelsReport } from './channels.ts';
import { chartsReport } from './charts.ts';
import { devicesReport } from './devices.ts';
import { locationsReport } from './locations.ts';
import { pagesReport } from './pages.ts';
import type { Report } from './report.ts';
import { revenueReport } from './revenue.ts';
import { sourcesReport } from './sources.ts';
import { statsReport } from './stats.ts';

const reports: ReadonlyMap<string, Report> = new Map([
  ['charts', chartsReport],
  ['pages', pagesReport],
  ['sources', sourcesReport],
  ['devices', devicesReport],
  ['locations', locationsReport],
  ['revenue', revenueReport],
  ['channels', channelsReport],
]);

const emptyReport: Report = () => [];

export interface ReportRequest {
  readonly site: Site;
  /** `stats`, `pages`, …; an unknown name, such as `utm/campaigns`, gives an empty report. */
  readonly name: string;
  readonly query: ReportQuery;
  readonly nowMs: number;
}

/** The body of the report with that name. */
export function reportByName({ site, name, query, nowMs }: ReportRequest): object {
  const range = rangeOfPeriod(query.period, nowMs);
  const heading = { report: name, site_id: site.id, period: query.period, ...datesOf(range) };
  if (name === 'stats') return { ...heading, ...statsReport(site, range) };
  const report = reports.get(name) ?? emptyReport;
  return { ...heading, ...pageOf(report(site, range), query) };
}
