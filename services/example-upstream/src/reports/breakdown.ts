import type { DateRange } from '../calendar.ts';
import { drawBetween } from '../draw.ts';
import { apportionFigures, type Figures, type FigureWeights, figuresBody, rate, sumFigures } from '../figures.ts';
import type { Site } from '../site.ts';
import { figuresOfRange } from '../traffic.ts';

/** One row of a breakdown by some dimension, before display. */
export interface Part<Row> {
  readonly row: Row;
  readonly figures: Figures;
}

/**
 * Splits a site's figures over a range among the rows of a dimension: together the parts are exactly the totals of the
 * same range. `nameOf` gives each row draws of its own.
 */
export function breakDown<Row extends { readonly weight: number }>(
  { site, range, rows }: { readonly site: Site; readonly range: DateRange; readonly rows: readonly Row[] },
  nameOf: (row: Row) => string,
): readonly Part<Row>[] {
  const figures = apportionFigures(
    figuresOfRange(site, range),
    rows.map((row) => weightsOf(site, nameOf(row), row.weight)),
  );
  return rows.map((row, index) => ({ row, figures: figures[index] ?? sumFigures([]) }));
}

/** The parts as rows for display, most visitors first; empty parts are left out. */
export function breakdownRows<Row>(parts: readonly Part<Row>[], show: (row: Row) => object): readonly object[] {
  const total = sumFigures(parts.map(({ figures }) => figures));
  return parts
    .filter(({ figures }) => figures.visitors > 0 || figures.pageviews > 0 || figures.revenue > 0)
    .toSorted((left, right) => right.figures.visitors - left.figures.visitors)
    .map(({ row, figures }) => ({
      ...show(row),
      ...figuresBody(figures),
      share: rate(figures.visitors, total.visitors),
    }));
}

/** Some rows bounce more, stay longer or buy more than others. */
function weightsOf(site: Site, name: string, weight: number): FigureWeights {
  const bent = (figure: string, spread: number): number =>
    weight * drawBetween(1 - spread, 1 + spread, site.key, name, figure);
  return {
    visitors: weight,
    visits: bent('visits', 0.04),
    pageviews: bent('pageviews', 0.2),
    bounces: bent('bounces', 0.15),
    durationSeconds: bent('duration', 0.3),
    orders: bent('orders', 0.35),
    revenue: bent('revenue', 0.35),
  };
}
