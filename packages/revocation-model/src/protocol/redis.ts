import type { Protocol } from './protocol.ts';
import { type DataSet, type RedisHost, roles } from './state.ts';

/** The results of a command at the process that it reaches. */
export interface RedisReads {
  /** The process answers a script of this generation, not NOSCRIPT. */
  readonly hasScripts: (host: RedisHost, generation: number) => boolean;
  /** An expiry is in the future by the clock of this host. */
  readonly isAhead: (host: RedisHost, until: number) => boolean;
  /** The witness of this host is this generation and is not over. */
  readonly isTrusted: (host: RedisHost, generation: number) => boolean;
  /** A gateway that remembers the key as active and asks this process now is told to admit. */
  readonly admits: (host: RedisHost) => boolean;
}

export function createRedisReads({ rules }: Protocol): RedisReads {
  const hasScripts = (host: RedisHost, generation: number): boolean =>
    !rules.processBinding || ((host.scripts >> generation) & 1) === 1;
  const isAhead = (host: RedisHost, until: number): boolean => until > host.lead;
  const isTrusted = (host: RedisHost, generation: number): boolean =>
    generation !== 0 && host.live.witness === generation && isAhead(host, host.live.until);
  return {
    hasScripts,
    isAhead,
    isTrusted,
    admits: (host) => {
      if (host.live.marker === 1 || !isTrusted(host, host.live.witness)) return false;
      if (rules.trustWritesFirst && !isWritable(host)) return false;
      // Without the comparison, any generation's script that the process has is enough.
      return rules.admissionNamesGeneration ? hasScripts(host, host.live.witness) : host.scripts !== 0;
    },
  };
}

export function isWritable(host: RedisHost): boolean {
  return host.role !== roles.replica;
}

export function copyDataSet(from: DataSet, to: DataSet): void {
  to.witness = from.witness;
  to.until = from.until;
  to.token = from.token;
  to.marker = from.marker;
}

export function clearDataSet(dataSet: DataSet): void {
  dataSet.witness = 0;
  dataSet.until = 0;
  dataSet.token = 0;
  dataSet.marker = 0;
}

export function isSameData(one: DataSet, another: DataSet): boolean {
  return (
    one.witness === another.witness &&
    one.until === another.until &&
    one.token === another.token &&
    one.marker === another.marker
  );
}

export function isEmpty({ witness, token, marker }: DataSet): boolean {
  return witness === 0 && token === 0 && marker === 0;
}
