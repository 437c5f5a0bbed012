import type { Respond } from './raw-upstream.ts';

/** One thing that somebody sends, and what may come of it. */
export interface HostileInput {
  /** Travels as User-Agent, so that the upstream can tell whose request it sees. */
  readonly nonce: string;
  /** What it is, for whoever has to look into it. */
  readonly what: string;
  /** Written one after the other, each as a segment of its own. Characters are bytes (latin1). */
  readonly pieces: readonly string[];
  /** Of the requests in the bytes: an answer to HEAD has no body. */
  readonly methods?: readonly string[];
  readonly expects: Expectation;
  /** How the upstream answers it; well, when absent. */
  readonly respond?: Respond;
  /** The client resets the connection so long after everything has been written. */
  readonly leavesAfterMs?: number;
}

export interface Expectation {
  /** How many requests with this nonce the upstream sees, at least and at most. */
  readonly seen: readonly [least: number, most: number];
  /** What each of them is. */
  readonly request?: { readonly method?: string; readonly target?: string; readonly body?: string };
  /** What the answers may be; any documented one when absent. */
  readonly statuses?: readonly number[];
  /** Exactly these answers, one after the other. */
  readonly inOrder?: readonly number[];
  /** No answer at all is fine too: the input asks nothing whole, or leaves. */
  readonly maySaveTheAnswer?: boolean;
  /** The answer may be cut off in its middle. */
  readonly mayBeCutOff?: boolean;
  /** The key service answers, in words of its own. */
  readonly fromKeyService?: boolean;
}

/** What went wrong with an input. */
export interface Finding {
  readonly kind: 'bypass' | 'crash' | 'hang' | 'undocumented';
  readonly family: string;
  readonly what: string;
  readonly why: string;
  /** What the services logged of its requests. */
  readonly logged?: readonly string[];
}

/** A way of being hostile: any number of inputs, the same for the same seed. */
export interface Family {
  readonly name: string;
  /** Its share of a run, relative to the others. */
  readonly weight: number;
  /** Why it cannot run here, such as lists that are not there. */
  readonly skipped?: string;
  /** Only the processor limits it, and no pace: at several targets at once it would be no faster, and starve them. */
  readonly isProcessorBound?: boolean;
  /** Its upstream does, so that a safe request may be sent once more (RFC 9110 section 9.2.2). */
  readonly breaksKeptConnections?: boolean;
  /** Ends by itself where there is no more to try; endless where chance goes on. */
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
  /** As with the next ones: the whole value, `null` for none. */
  readonly host?: string | null;
  readonly authorization?: string | null;
  readonly connection?: string | null;
  readonly lines?: readonly string[];
}

/** Stands in every value that must not reach the upstream or the client; the judges look for it. */
export const marker = 'evil-marker';

export const organization = 'org_demo';
export const otherOrganization = 'org_other';
export const sites = `/api/v1/organizations/${organization}/sites`;
/** A route that takes a body. */
export const annotations = `${sites}/site_1/annotations`;
