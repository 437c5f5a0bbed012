import { dateOfDay } from '../calendar.ts';
import { figuresBody } from '../figures.ts';
import { figuresOfDay } from '../traffic.ts';
import type { Report } from './report.ts';

/** One row a day, oldest first. */
export const chartsReport: Report = (site, { days, asOfMs }) =>
  days.map((day) => ({ date: dateOfDay(day), ...figuresBody(figuresOfDay(site, day, asOfMs)) }));
