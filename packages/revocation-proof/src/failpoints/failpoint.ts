import type { WireMessage } from '@engagetrack/test-ground/wire';

/** A message that a call sends or receives. */
export interface Moment {
  /** The peer of the killed key service on this connection. */
  readonly link: 'callers' | 'postgres' | 'redis';
  readonly leg: WireMessage['leg'];
  /**
   * Whether the message is this one.
   * @param subject a word that only this call uses: the name of the key that it creates, the id of the one that it
   * revokes.
   */
  readonly is: (message: WireMessage, subject: string) => boolean;
  /** On the connection of the moment before. */
  readonly sameConnection?: true;
}

/** A step of a call at which the key service is killed. */
export interface Failpoint {
  readonly call: 'create' | 'DELETE';
  readonly what: string;
  /** They come in this order; the key service dies at the last of them. */
  readonly moments: readonly Moment[];
  /** Whether the last message still arrives. */
  readonly lastArrives: boolean;
  /** The result of the call after the kill: the database's rollback, its commit, or an answer that its caller has. */
  readonly leaves: 'nothing' | 'effect' | 'answer';
  /**
   * The state of the key service before the call: just started, or without Redis; it has revoked before when absent.
   */
  readonly start?: 'cold' | 'parted_from_redis';
}

/** `DELETE: before COMMIT reaches Postgres`: the failpoint's name in a table. */
export function nameOf({ call, what }: Failpoint): string {
  return `${call}: ${what}`;
}

/**
 * Finds the last of the moments.
 * @returns a function that takes one message after the other, and is true at the last moment.
 */
export function followMoments(moments: readonly Moment[], subject: string): (at: AtLink) => boolean {
  let next = 0;
  let connection: number | undefined;
  return ({ link, message }) => {
    const moment = moments[next];
    if (moment === undefined || moment.link !== link || moment.leg !== message.leg) return false;
    if (moment.sameConnection && message.connection !== connection) return false;
    if (!moment.is(message, subject)) return false;
    connection = message.connection;
    next += 1;
    return next === moments.length;
  };
}

export interface AtLink {
  readonly link: Moment['link'];
  readonly message: WireMessage;
}
