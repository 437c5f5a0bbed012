import { apportion } from './apportion.ts';

/** Counts as whole numbers, so that sums agree exactly; rates are computed only for display. */
export interface Figures {
  readonly visitors: number;
  readonly visits: number;
  readonly pageviews: number;
  /** Visits of one page view only. */
  readonly bounces: number;
  /** The sum over all visits. */
  readonly durationSeconds: number;
  readonly orders: number;
  /** Whole US dollars. */
  readonly revenue: number;
}

/** The weight of one row of a breakdown in each figure, in any unit. */
export type FigureWeights = Figures;

/** The figures for display: rates as shares from 0 to 1. */
export interface FiguresBody {
  readonly visitors: number;
  readonly pageviews: number;
  readonly bounce_rate: number;
  readonly visit_duration_seconds: number;
  readonly revenue: number;
}

const none: Figures = { visitors: 0, visits: 0, pageviews: 0, bounces: 0, durationSeconds: 0, orders: 0, revenue: 0 };

export function sumFigures(parts: readonly Figures[]): Figures {
  return parts.reduce(
    (sum, part) => ({
      visitors: sum.visitors + part.visitors,
      visits: sum.visits + part.visits,
      pageviews: sum.pageviews + part.pageviews,
      bounces: sum.bounces + part.bounces,
      durationSeconds: sum.durationSeconds + part.durationSeconds,
      orders: sum.orders + part.orders,
      revenue: sum.revenue + part.revenue,
    }),
    none,
  );
}

/** One part for each of the weights; together the parts are exactly the total. */
export function apportionFigures(total: Figures, weights: readonly FigureWeights[]): readonly Figures[] {
  const share = (figure: keyof Figures): readonly number[] =>
    apportion(
      total[figure],
      weights.map((weight) => weight[figure]),
    );
  const visitors = share('visitors');
  const visits = share('visits');
  const pageviews = share('pageviews');
  const bounces = share('bounces');
  const durationSeconds = share('durationSeconds');
  const orders = share('orders');
  const revenue = share('revenue');
  return weights.map((_, index) => ({
    visitors: visitors[index] ?? 0,
    visits: visits[index] ?? 0,
    pageviews: pageviews[index] ?? 0,
    bounces: bounces[index] ?? 0,
    durationSeconds: durationSeconds[index] ?? 0,
    orders: orders[index] ?? 0,
    revenue: revenue[index] ?? 0,
  }));
}

export function figuresBody(figures: Figures): FiguresBody {
  return {
    visitors: figures.visitors,
    pageviews: figures.pageviews,
    // A row with few visits can get one bounce more than it has visits.
    bounce_rate: Math.min(1, rate(figures.bounces, figures.visits)),
    visit_duration_seconds: figures.visits === 0 ? 0 : Math.round(figures.durationSeconds / figures.visits),
    revenue: figures.revenue,
  };
}

/** A share with four decimals; 0 of nothing is 0. */
export function rate(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 10_000) / 10_000;
}
