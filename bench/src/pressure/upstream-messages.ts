/** Counts of the requests that reached an upstream. */
export interface UpstreamFigures {
  readonly requests: number;
  /** Requests without the identity of one of the run's own keys; there must be none. */
  readonly unidentified: number;
  /** Requests with a credential in their headers; there must be none. */
  readonly credentials: number;
}

export type UpstreamMessage = { readonly port: number } | { readonly figures: UpstreamFigures };

/** The channel joins two files of this folder, so the form of a message is not checked. */
export function parseUpstreamMessage(message: unknown): UpstreamMessage {
  return message as UpstreamMessage;
}
