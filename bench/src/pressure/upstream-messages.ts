/** What an upstream has seen. */
export interface UpstreamFigures {
  readonly requests: number;
  /** Without the identity of one of the run's own keys: there must be none. */
  readonly strangers: number;
  /** With a credential in its headers: there must be none. */
  readonly credentials: number;
}

export type UpstreamMessage = { readonly port: number } | { readonly figures: UpstreamFigures };

/** The channel joins two files of this folder, so the form of a message is taken at its word. */
export function parseUpstreamMessage(message: unknown): UpstreamMessage {
  return message as UpstreamMessage;
}
