import { type DateRange, datesOf, previousRange } from '../calendar.ts';
import { currency } from '../currency.ts';
import { type FiguresBody, figuresBody, rate } from '../figures.ts';
import type { Site } from '../site.ts';
import { figuresOfRange } from '../traffic.ts';

/** The totals of a range beside those of the range before; `change` is the difference as a share of the earlier figure. */
export function statsReport(site: Site, range: DateRange) {
  const earlier = previousRange(range);
  const current = figuresBody(figuresOfRange(site, range));
  const previous = figuresBody(figuresOfRange(site, earlier));
  return {
    data: { ...current, currency },
    previous: { ...datesOf(earlier), ...previous },
    change: {
      visitors: change('visitors'),
      pageviews: change('pageviews'),
      bounce_rate: change('bounce_rate'),
      visit_duration_seconds: change('visit_duration_seconds'),
      revenue: change('revenue'),
    },
  };

  function change(figure: keyof FiguresBody): number | null {
    return previous[figure] === 0 ? null : rate(current[figure] - previous[figure], previous[figure]);
  }
}
