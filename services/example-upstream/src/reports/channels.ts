import { sourcesOf } from '../audience.ts';
import { sumFigures } from '../figures.ts';
import { breakDown, breakdownRows } from './breakdown.ts';
import type { Report } from './report.ts';

/** Each channel is the sum of its sources, so that the two reports cannot disagree. */
export const channelsReport: Report = (site, range) => {
  const parts = breakDown({ site, range, rows: sourcesOf(site) }, ({ source }) => source);
  const byChannel = Map.groupBy(parts, ({ row }) => row.channel);
  return breakdownRows(
    [...byChannel].map(([channel, ofChannel]) => ({
      row: channel,
      figures: sumFigures(ofChannel.map(({ figures }) => figures)),
    })),
    (channel) => ({ channel }),
  );
};
