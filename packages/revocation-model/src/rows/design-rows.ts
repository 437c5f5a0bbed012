import { type Design, ttlDesign } from '../designs/design.ts';
import { designRow, type RowGroup } from './row.ts';

const published: Design = { ...ttlDesign, announces: true };
const marked: Design = { ...ttlDesign, marks: true };
const witnessed: Design = { ...marked, witness: 'plain', restarts: 2 };
const boundReload: Design = { ...witnessed, bindsReload: true };
const processBound: Design = { ...boundReload, witness: 'process-bound', restartsWithOlderData: true };
const splitBrain: Design = { ...processBound, restarts: 1, failovers: 1 };

/** The designs that were compared first: simple actions, the authority's read and the insert into the table apart. */
export const designRows: RowGroup = {
  title: 'Designs before the protocol',
  rows: [
    designRow({
      wording: 'TTL only',
      promise: 'finds that a time-to-live cache admits after the acknowledgement',
      expected: 'violated',
      bounds: '1 gateway, no fault',
      design: ttlDesign,
    }),
    designRow({
      wording: 'pub/sub, no faults at all',
      promise: 'finds that an announcement is still on its way when the DELETE is acknowledged',
      expected: 'violated',
      bounds: '1 gateway, no fault',
      design: published,
    }),
    designRow({
      wording: 'pub/sub + tombstone, no loss',
      promise: 'finds that a tombstone comes too late when nobody waits for it',
      expected: 'violated',
      bounds: '1 gateway, no fault',
      design: { ...published, leavesTombstones: true },
    }),
    designRow({
      wording: 'pub/sub, DELETE waits for delivery, no tombstone',
      promise: 'finds the insert of an older read after the delivery',
      expected: 'violated',
      bounds: '1 gateway, no fault',
      design: { ...published, waitsForDelivery: true },
    }),
    designRow({
      wording: 'pub/sub, waits for all, tombstone, no loss',
      promise: 'holds with tombstones when the DELETE waits for every gateway and nothing is lost',
      expected: 'holds',
      bounds: '2 gateways, no fault, membership known exactly',
      design: { ...published, gateways: 2, waitsForDelivery: true, leavesTombstones: true },
    }),
    designRow({
      wording: 'sequence + resync',
      promise: 'finds the acknowledgement before the gap in the sequence is noticed',
      expected: 'violated',
      bounds: '1 gateway, announcements can be lost',
      design: { ...published, leavesTombstones: true, losesAnnouncements: true, resyncs: true },
    }),
    designRow({
      wording: 'marker, no Redis fault',
      promise: 'holds with a marker in Redis while Redis never fails',
      expected: 'holds',
      bounds: '1 gateway, no fault',
      design: marked,
    }),
    designRow({
      wording: 'marker, Redis restarts empty',
      promise: 'finds the marker gone after a restart',
      expected: 'violated',
      bounds: '1 gateway, 1 restart (empty)',
      design: { ...marked, restarts: 1 },
    }),
    designRow({
      wording: 'marker + witness, 1 restart',
      promise: 'holds with a witness over one restart',
      expected: 'holds',
      bounds: '1 gateway, 1 restart (empty)',
      design: { ...witnessed, restarts: 1 },
    }),
    designRow({
      wording: 'marker + witness, 2 restarts',
      promise: 'finds the second restart between the markers and the witness of a reload',
      expected: 'violated',
      bounds: '1 gateway, 2 restarts (empty)',
      design: witnessed,
    }),
    designRow({
      wording: 'same, reload bound to one instance, 2 restarts',
      promise: 'holds over two restarts when a reload is bound to the process it began on',
      expected: 'holds',
      bounds: '1 gateway, 2 restarts (empty)',
      design: boundReload,
    }),
    designRow({
      wording: 'same, restart loses only the last second',
      promise: 'finds the old witness on disk without the young marker',
      expected: 'violated',
      bounds: '1 gateway, 2 restarts (with older data)',
      design: { ...boundReload, restartsWithOlderData: true },
    }),
    designRow({
      wording: 'same, witness bound to the process',
      promise: 'holds over lossy restarts when the witness is bound to the process',
      expected: 'holds',
      bounds: '1 gateway, 2 restarts (with older data)',
      design: processBound,
    }),
    designRow({
      wording: 'same, marker has a TTL',
      promise: "finds that a marker expires before a frozen gateway's entry",
      expected: 'violated',
      bounds: '1 gateway, 2 restarts (with older data), markers live 2 ticks',
      design: { ...processBound, markerTicks: 2 },
    }),
    designRow({
      wording: 'same, + entry floor by Redis time',
      promise: "holds when no entry older than a marker's life is used",
      expected: 'holds',
      bounds: '1 gateway, 2 restarts (with older data), markers live 2 ticks',
      design: { ...processBound, markerTicks: 2, hasEntryFloor: true },
    }),
    designRow({
      wording: 'same, split-brain failover',
      promise: 'finds the gateway that still talks to the old primary',
      expected: 'violated',
      bounds: '1 gateway, 1 failover, 1 restart (with older data)',
      design: splitBrain,
    }),
    designRow({
      wording: 'same, + lease, acknowledgement waits for the old lease',
      promise: 'holds over a split brain when the DELETE waits for the old lease',
      expected: 'holds',
      bounds: '1 gateway, 1 failover, 1 restart (with older data), lease 2 ticks',
      design: { ...splitBrain, leaseTicks: 2 },
    }),
    designRow({
      wording: 'everything together, 2 gateways, restart + split + last-second loss',
      promise: 'holds with marker, process-bound witness, lease and entry floor together',
      expected: 'holds',
      bounds: '2 gateways, 1 failover, 1 restart (with older data), lease 2 ticks, markers live 2 ticks',
      design: { ...splitBrain, gateways: 2, leaseTicks: 2, markerTicks: 2, hasEntryFloor: true },
    }),
  ],
};
