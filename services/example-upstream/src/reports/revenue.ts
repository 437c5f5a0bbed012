import { dateOfDay } from '../calendar.ts';
import { currency } from '../currency.ts';
import { figuresOfDay } from '../traffic.ts';
import type { Report } from './report.ts';

/** One row a day, oldest first. */
export const revenueReport: Report = (site, { days, asOfMs }) =>
  days.map((day) => {
    const { orders, revenue } = figuresOfDay(site, day, asOfMs);
    return {
      date: dateOfDay(day),
      orders,
      revenue,
      average_order_value: orders === 0 ? 0 : Math.round((100 * revenue) / orders) / 100,
      currency,
    };
  });
