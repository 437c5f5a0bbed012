import type { RedisServer } from '@engagetrack/test-ground/stores';
import type { LinkName, WireMessage, WireTaps } from '@engagetrack/test-ground/wire';
import type { Outcome } from '../history/history.ts';
import type { ProvingGround } from '../prove/proving-ground.ts';
import type { RecordedClient, RecordedKey } from '../prove/recorded-client.ts';

/** A course of events in which the product keeps its promise only by a certain rule. */
export interface Scenario {
  readonly kind: 'scenario';
  /** One sentence for the report. */
  readonly what: string;
  /** When false, the second key service and its gateway do not run, because its renewals would hide the rule. */
  readonly bothKeyServices: boolean;
  play(scene: Scene): Promise<void>;
}

/** One of the two gateways and of the two key services; gateway n uses key service n. */
export type Side = 0 | 1;

/** The product as it starts, healthy and on an empty Redis, and the events that a scenario can cause. */
export interface Scene {
  readonly ground: ProvingGround;
  readonly taps: WireTaps;
  /** An empty Redis; a service that is moved there finds a Redis that has failed over. */
  readonly otherRedis: RedisServer;
  /** Sends to the gateways whose key service runs. */
  readonly client: RecordedClient;
  /** A live key that all these gateways know. */
  createKnownKey(): Promise<RecordedKey>;
  /** Sends a single DELETE through one key service. */
  revokeOnce(key: RecordedKey, side: Side): Promise<Outcome>;
  /** The same in two parts: `beginRevoking` records that the DELETE was sent, and the first 204 acknowledges it. */
  beginRevoking(key: RecordedKey): { send(side: Side): Promise<Outcome> };
  /** From here on announcements are lost, because they would hide the effect of the rest of the protocol. */
  silenceAnnouncements(): Promise<void>;
  /** Stops all messages on this link, without breaking a connection. */
  part(link: LinkName): void;
  /** From here on the link leads to another Redis; its connections break. */
  moveTo(link: LinkName, redis: RedisServer): void;
  /** Holds the first such message, and all messages behind it on its connection. */
  hold(link: LinkName, is: (message: WireMessage) => boolean): Held;
  /** Holds every such message from now on, on every connection. */
  block(link: LinkName, is: (message: WireMessage) => boolean): void;
  /** Resolves when so many such messages have passed from now on; rejects when they do not in time. */
  passed(link: LinkName, is: (message: WireMessage) => boolean, times?: number): Promise<void>;
  /** Sends requests of a live key until the gateway has had time to learn which generation is valid. */
  relearn(side: Side): Promise<void>;
}

export interface Held {
  /** Resolves when the message has come; rejects when it does not come in time. */
  whenReached(): Promise<void>;
  release(): void;
}
