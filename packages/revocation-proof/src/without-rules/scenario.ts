import type { RedisServer } from '@engagetrack/test-ground/stores';
import type { LinkName, WireMessage, WireTaps } from '@engagetrack/test-ground/wire';
import type { Outcome } from '../history/history.ts';
import type { ProvingGround } from '../prove/proving-ground.ts';
import type { RecordedClient, RecordedKey } from '../prove/recorded-client.ts';

/** A course of events in which the product keeps its promise only by a certain rule. */
export interface Scenario {
  readonly kind: 'scenario';
  /** In one sentence, for whoever reads the report. */
  readonly what: string;
  /** The second one, and with it its gateway, is of no use when false: what it does would hide the rule. */
  readonly bothKeyServices: boolean;
  play(scene: Scene): Promise<void>;
}

/** Of the two gateways and of the two key services; gateway n asks key service n. */
export type Side = 0 | 1;

/** The product as it starts, healthy and on an empty Redis, and what can be done to it. */
export interface Scene {
  readonly ground: ProvingGround;
  readonly taps: WireTaps;
  /** Empty; who is moved there finds a Redis that has failed over. */
  readonly otherRedis: RedisServer;
  /** Speaks to the gateways that have their key service. */
  readonly client: RecordedClient;
  /** A live key that all of these know. */
  createKnownKey(): Promise<RecordedKey>;
  /** A single DELETE, by way of one key service. */
  revokeOnce(key: RecordedKey, side: Side): Promise<Outcome>;
  /** The same, in two parts: that it was sent is recorded before, and the first 204 acknowledges it. */
  beginRevoking(key: RecordedKey): { send(side: Side): Promise<Outcome> };
  /** From here on announcements are lost: they only hide what the rest of the protocol does. */
  silenceAnnouncements(): Promise<void>;
  /** Nothing passes on this link any more, and no connection breaks. */
  part(link: LinkName): void;
  /** From here on the link leads to another Redis; its connections break. */
  moveTo(link: LinkName, redis: RedisServer): void;
  /** Holds the first message that is such a one, and everything behind it on its connection. */
  hold(link: LinkName, is: (message: WireMessage) => boolean): Held;
  /** Holds every such message from now on, on whatever connection. */
  block(link: LinkName, is: (message: WireMessage) => boolean): void;
  /** Resolves when so many such messages have passed from now on; rejects when they do not in time. */
  passed(link: LinkName, is: (message: WireMessage) => boolean, times?: number): Promise<void>;
  /** Asks for a live key until the gateway has had time to learn which generation is valid. */
  relearn(side: Side): Promise<void>;
}

export interface Held {
  /** Resolves when the message is there; rejects when it does not come in time. */
  whenReached(): Promise<void>;
  release(): void;
}
