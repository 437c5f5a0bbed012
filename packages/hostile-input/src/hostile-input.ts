import type { Respond } from './raw-upstream.ts';

/** The bytes of one hostile client, and their expected outcome. */
export interface HostileInput {
  /** Sent as User-Agent, so that the upstream can assign the requests that it sees. */
  readonly nonce: string;
  /** A description for the report. */
  readonly what: string;
  /** Written one after the other, each as a segment of its own. Characters are bytes (latin1). */
  readonly pieces: readonly string[];
  /** The methods of the requests in the bytes: an answer to HEAD has no body. */
  readonly methods?: readonly string[];
  readonly expects: Expectation;
  /** The upstream's answer; a 200 when absent. */
  readonly respond?: Respond;
  /** Milliseconds between the last written byte and the client's reset. */
  readonly leavesAfterMs?: number;
}

export interface Expectation {
  /** How many requests with this nonce the upstream sees, at least and at most. */
  readonly seen: readonly [least: number, most: number];
  /** The parts that each of them must have. */
  readonly request?: { readonly method?: string; readonly target?: string; readonly body?: string };
  /** The statuses that the answers may have; any documented one when absent. */
  readonly statuses?: readonly number[];
  /** Exactly these statuses, in this order. */
  readonly inOrder?: readonly number[];
  /** The client may get no answer: the input has no complete request, or the client disconnects. */
  readonly maySaveTheAnswer?: boolean;
  /** The answer may be cut off in its middle. */
  readonly mayBeCutOff?: boolean;
  /** The key service answers, with texts of its own. */
  readonly fromKeyService?: boolean;
}

/** An outcome of an input that was not expected. */
export interface Finding {
  readonly kind: 'bypass' | 'crash' | 'hang' | 'undocumented';
  readonly family: string;
  readonly what: string;
  readonly why: string;
  /** Log lines of the services about its requests. */
  readonly logged?: readonly string[];
}

/** A kind of hostile inputs: any number of them, the same for the same seed. */
export interface Family {
  readonly name: string;
  /** Its share of a run, relative to the others. */
  readonly weight: number;
  /** The reason why it cannot run here, such as missing lists. */
  readonly skipped?: string;
  /**
   * Only the processor limits it, not a token bucket: several targets at once would be no faster, and slower for
   * others.
   */
  readonly isProcessorBound?: boolean;
  /** Its upstream breaks kept connections, so a safe request may be sent once more (RFC 9110 section 9.2.2). */
  readonly breaksKeptConnections?: boolean;
  /** Ends when all inputs have been tried; endless where inputs are random. */
  inputs(kit: InputKit): Iterable<HostileInput>;
}

export interface InputKit {
  readonly random: import('@engagetrack/test-ground').SeededRandom;
  readonly keys: TestKeys;
  /** A fresh nonce. */
  next(): string;
  head(options: HeadOptions): string;
}

/** Keys of the running product. */
export interface TestKeys {
  /** Live, with every scope. */
  readonly full: string;
  /** Live, with `sites:read` alone. */
  readonly narrow: string;
  readonly revoked: string;
  /** Live, of the other organization. */
  readonly other: string;
  readonly session: string;
}

export interface HeadOptions {
  readonly nonce: string;
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  /** The whole value, as in the next two; `null` for no field. */
  readonly host?: string | null;
  readonly authorization?: string | null;
  readonly connection?: string | null;
  readonly lines?: readonly string[];
}

/** Part of every value that must not reach the upstream or the client; the judges search for it. */
export const marker = 'evil-marker';

export const organization = 'org_demo';
export const otherOrganization = 'org_other';
/** The gateway's configured name. Every upstream gets it, and no caller's `Host` changes it. */
export const publicHost = 'public.test';
export const sites = `/api/v1/organizations/${organization}/sites`;
/** A route that takes a body. */
export const annotations = `${sites}/site_1/annotations`;
