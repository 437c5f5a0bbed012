/** A fault of a link. Connections opened meanwhile meet it too. */
export type LinkFault =
  /** Every byte arrives this much later. */
  | { readonly kind: 'latency'; readonly delayMs: number }
  /** This share of the segments is lost and arrives after being sent again. */
  | { readonly kind: 'loss'; readonly share: number; readonly resentAfterMs: number }
  | { readonly kind: 'rate'; readonly bytesPerSecond: number }
  /** A partition: nothing passes, no connection breaks, and all bytes arrive when it is over. */
  | { readonly kind: 'hold' }
  /** Bytes are lost and no connection breaks; a connection that has lost some is reset when it is over. */
  | { readonly kind: 'drop' }
  /** The far side is gone without the near side's notice: the near side may send, and receives nothing. */
  | { readonly kind: 'half_open' }
  /** Connections are reset, and new ones as soon as they are made. */
  | { readonly kind: 'cut' };
