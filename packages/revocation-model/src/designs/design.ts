/**
 * The designs that were compared before the protocol was chosen, each as a set of switches over one small model:
 * simple actions, one key, an authority, one or two gateways with a table, announcements, one or two Redis hosts.
 */
export interface Design {
  readonly gateways: number;
  /** The DELETE publishes an announcement to every gateway. */
  readonly announces: boolean;
  /** The DELETE is acknowledged only when every gateway has got the announcement. */
  readonly waitsForDelivery: boolean;
  /** An announcement leaves a tombstone, which no older look-up can overwrite. */
  readonly leavesTombstones: boolean;
  /** Announcements can be lost. */
  readonly losesAnnouncements: boolean;
  /** Announcements are numbered, and a heartbeat shows a gateway that it has missed one: it then drops its table. */
  readonly resyncs: boolean;
  /** The DELETE sets a marker in Redis and every request looks for it. */
  readonly marks: boolean;
  /** A witness beside the markers says that they are complete; without it a gateway asks the authority. */
  readonly witness: 'none' | 'plain' | 'process-bound';
  /** The writes of a reload are accepted only by the process it began on. */
  readonly bindsReload: boolean;
  /** Ticks that a marker is kept; 0 means for ever. */
  readonly markerTicks: number;
  /** An entry whose stamp (Redis time before its authority read) is older than the marker's life is not used. */
  readonly hasEntryFloor: boolean;
  /** Ticks that a witness is valid from the snapshot on, and that the DELETE waits; 0 means for ever, and no wait. */
  readonly leaseTicks: number;
  readonly restarts: number;
  /** A restart comes back with the data of an earlier moment instead of empty. */
  readonly restartsWithOlderData: boolean;
  readonly failovers: number;
}

/** A gateway that remembers keys until their entry expires, and nothing else. */
export const ttlDesign: Design = {
  gateways: 1,
  announces: false,
  waitsForDelivery: false,
  leavesTombstones: false,
  losesAnnouncements: false,
  resyncs: false,
  marks: false,
  witness: 'none',
  bindsReload: false,
  markerTicks: 0,
  hasEntryFloor: false,
  leaseTicks: 0,
  restarts: 0,
  restartsWithOlderData: false,
  failovers: 0,
};
