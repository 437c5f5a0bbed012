import type { Arrival } from '@engagetrack/test-ground';
import type { Call, CreatedKey, Freeze, History, Note, PlanChange, Revocation, StreamAnswer } from './history.ts';

/** Writes a history down as it happens. */
export interface HistoryRecorder {
  created(key: CreatedKey): void;
  called(call: Call): void;
  /** Records the first DELETE of a key; the caller then reports its 204, or that it stopped trying. */
  revoking(keyId: string): { acknowledged(): void; abandoned(): void };
  changingPlan(organizationId: string, plan: string): { acknowledged(): void };
  opened(stream: Omit<StreamAnswer, 'endedAtMs'>): { ended(): void };
  froze(freeze: Freeze): void;
  note(text: string): void;
  healthy(): void;
  finish(arrivals: readonly Arrival[]): History;
}

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

/** @param now a monotonic clock, milliseconds. */
export function createHistoryRecorder(now: () => number): HistoryRecorder {
  const keys: CreatedKey[] = [];
  const calls: Call[] = [];
  const revocations: Writable<Revocation>[] = [];
  const planChanges: Writable<PlanChange>[] = [];
  const streams: Writable<StreamAnswer>[] = [];
  const freezes: Freeze[] = [];
  const notes: Note[] = [];
  let healthyFromMs: number | undefined;

  return {
    created: (key) => void keys.push(key),
    called: (call) => void calls.push(call),
    revoking: (keyId) => {
      const revocation: Writable<Revocation> = { keyId, sentAtMs: now() };
      revocations.push(revocation);
      return {
        acknowledged: () => {
          revocation.acknowledgedAtMs = now();
        },
        abandoned: () => {
          revocation.abandonedAtMs = now();
        },
      };
    },
    changingPlan: (organizationId, plan) => {
      const change: Writable<PlanChange> = { organizationId, plan, sentAtMs: now() };
      planChanges.push(change);
      return {
        acknowledged: () => {
          change.acknowledgedAtMs = now();
        },
      };
    },
    opened: (opened) => {
      const stream: Writable<StreamAnswer> = { ...opened, endedAtMs: undefined };
      streams.push(stream);
      return {
        ended: () => {
          stream.endedAtMs = now();
        },
      };
    },
    froze: (freeze) => void freezes.push(freeze),
    note: (text) => void notes.push({ atMs: now(), text }),
    healthy: () => {
      healthyFromMs = now();
    },
    finish: (arrivals) => ({
      keys,
      calls,
      arrivals,
      revocations: revocations.map((each) => ({ ...each })),
      planChanges: planChanges.map((each) => ({ ...each })),
      streams: streams.map((each) => ({ ...each })),
      freezes,
      notes,
      healthyFromMs,
      endedAtMs: now(),
    }),
  };
}
