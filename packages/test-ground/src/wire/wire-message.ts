/** One question of a client, or the answer to one, as it stands on the wire. */
export interface WireMessage {
  readonly link: string;
  /** A number that no other connection of the link has. */
  readonly connection: number;
  /** The name that the client has given its connection; undefined before it has given one. */
  readonly client: string | undefined;
  readonly leg: 'question' | 'answer';
  /** The bytes as a text that can be searched for words. */
  readonly text: string;
  /** The question that an answer belongs to; the text itself for a question. */
  readonly question: string;
}

/** Bytes that pass together. */
export interface WirePiece {
  readonly bytes: Buffer;
  /** Undefined for bytes that no side waits for: greetings, and commands that only follow a question. */
  readonly message: Omit<WireMessage, 'link' | 'connection' | 'client'> | undefined;
}

/** Finds the messages in the two streams of one connection. */
export interface WireDecoder {
  questions(bytes: Buffer): readonly WirePiece[];
  answers(bytes: Buffer): readonly WirePiece[];
  /** The name that the client has given this connection. */
  clientName(): string | undefined;
}

/** A decoder for each new connection. */
export type WireProtocol = () => WireDecoder;

/**
 * Cuts a stream into frames.
 * @param lengthOf the length of the frame that begins here; undefined when that cannot be told yet.
 */
export function createSplitter(lengthOf: (rest: Buffer) => number | undefined): (bytes: Buffer) => Buffer[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const frames: Buffer[] = [];
    for (;;) {
      const length = lengthOf(rest);
      if (length === undefined || rest.length < length) return frames;
      frames.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
  };
}

export function questionPiece(bytes: Buffer, text: string): WirePiece {
  return { bytes, message: { leg: 'question', text, question: text } };
}

export function answerPiece(bytes: Buffer, question: string): WirePiece {
  return { bytes, message: { leg: 'answer', text: bytes.toString('latin1'), question } };
}
