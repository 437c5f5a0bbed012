/** Every ceiling and deadline of a gateway that a caller or an operator can notice; docs/operations.md has their costs. */
export interface GatewayLimits {
  /** Requests. With more in progress the next one is 503. */
  readonly requestsInProgressMax: number;
  /** Connections of callers. Beyond them an idle one is closed for a new one. */
  readonly connectionsMax: number;
  /** Requests of one connection. The answer to the last one closes it. */
  readonly requestsPerConnectionMax: number;
  /** Requests in progress to one upstream. One more is 503. */
  readonly requestsPerUpstreamMax: number;
  /** Requests of one key that are decided at once. The others wait in their order. */
  readonly decisionsPerKeyMax: number;
  /** Keys that are remembered. Beyond them the one used longest ago is looked up again. */
  readonly knownKeysMax: number;
  /** Different unknown keys of one network in a minute. Beyond them the next get 429. */
  readonly failedAuthenticationsMax: number;
  /** Milliseconds for a head. Beyond them 400. */
  readonly headTimeoutMs: number;
  /** Milliseconds for a head and its body. Beyond them 400. */
  readonly requestTimeoutMs: number;
  /** Milliseconds. An idle connection is closed after them. */
  readonly idleTimeoutMs: number;
  /** Milliseconds. A caller that takes nothing of its answer for twice as long is cut. */
  readonly writeTimeoutMs: number;
  /** Milliseconds. A caller that sends nothing in the middle of a body for so long gets 400. */
  readonly bodyIdleTimeoutMs: number;
  /** Milliseconds until a connection to an upstream stands. Beyond them 502. */
  readonly connectTimeoutMs: number;
  /** Milliseconds of a whole exchange. Beyond them 504, or the answer is cut; not for rows with `stream: true`. */
  readonly exchangeTimeoutMs: number;
}

export const usualLimits: GatewayLimits = {
  requestsInProgressMax: 4_096,
  connectionsMax: 16_384,
  requestsPerConnectionMax: 10_000,
  requestsPerUpstreamMax: 1_024,
  decisionsPerKeyMax: 64,
  knownKeysMax: 50_000,
  failedAuthenticationsMax: 100,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  // Above the 60 s of common load balancers, so that they never use a connection that is being closed.
  idleTimeoutMs: 65_000,
  writeTimeoutMs: 15_000,
  bodyIdleTimeoutMs: 15_000,
  connectTimeoutMs: 2_000,
  exchangeTimeoutMs: 300_000,
};
