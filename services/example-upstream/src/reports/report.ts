import type { DateRange } from '../calendar.ts';
import type { Site } from '../site.ts';

/** A report of rows: all of them, in the order in which they are shown. */
export type Report = (site: Site, range: DateRange) => readonly object[];
