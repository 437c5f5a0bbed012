/** What is wrong with a link. Connections opened meanwhile meet it too. */
export type LinkFault =
  /** Every byte arrives this much later. */
  | { readonly kind: 'latency'; readonly delayMs: number }
  /** This share of the segments is lost and arrives after being sent again. */
  | { readonly kind: 'loss'; readonly share: number; readonly resentAfterMs: number }
  | { readonly kind: 'rate'; readonly bytesPerSecond: number }
  /** A partition: nothing passes, no connection breaks, and what was sent arrives when it is over. */
  | { readonly kind: 'hold' }
  /** Bytes vanish and no connection breaks; the connections that have lost some are reset when it is over. */
  | { readonly kind: 'drop' }
  /** The far side is gone and the near side does not know: it may send, and hears nothing. */
  | { readonly kind: 'half_open' }
  /** Connections are reset, and new ones at once. */
  | { readonly kind: 'cut' };
