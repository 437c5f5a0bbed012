import type { History, StreamAnswer } from './history.ts';
import type { HistoryIndex } from './history-index.ts';
import type { Violation } from './violation.ts';

export const streamCutMs = 1_000;

export interface StreamCut {
  readonly stream: StreamAnswer;
  /**
   * Milliseconds from the acknowledgement, or from the gateway's thaw when that came later, to the stream's end;
   * undefined while it runs.
   */
  readonly tookMs: number | undefined;
}

export function checkStreams(history: History, index: HistoryIndex): Violation[] {
  return listCuts(history, index)
    .filter(({ tookMs }) => tookMs === undefined || tookMs > streamCutMs)
    .map(({ stream: { keyId, gateway }, tookMs }) => ({
      kind: 'stream_not_cut',
      keyId,
      what: `an answer of gateway ${gateway} ${
        tookMs === undefined ? 'still runs' : `ended ${tookMs.toFixed(0)} ms after the revocation was acknowledged`
      }`,
    }));
}

/** The time by which every answer in progress outlived its key's revocation: zero when it had ended before. */
export function listCuts({ streams, freezes, endedAtMs }: History, { revocations }: HistoryIndex): StreamCut[] {
  return streams.flatMap((stream): StreamCut[] => {
    const acknowledgedAtMs = revocations.get(stream.keyId)?.acknowledgedAtMs;
    if (acknowledgedAtMs === undefined || stream.sentAtMs > acknowledgedAtMs) return [];
    // A frozen gateway sends nothing, and its second begins when it goes on.
    const thaws = freezes
      .filter(({ gateway, fromMs, untilMs }) => {
        return gateway === stream.gateway && fromMs < acknowledgedAtMs + streamCutMs && untilMs > acknowledgedAtMs;
      })
      .map(({ untilMs }) => untilMs);
    const dueFromMs = Math.max(acknowledgedAtMs, ...thaws);
    if (stream.endedAtMs === undefined)
      return endedAtMs > dueFromMs + streamCutMs ? [{ stream, tookMs: undefined }] : [];
    return [{ stream, tookMs: Math.max(0, stream.endedAtMs - dueFromMs) }];
  });
}
