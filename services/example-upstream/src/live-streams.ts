import type { IncomingMessage, ServerResponse } from 'node:http';
import { unavailable } from '@engagetrack/contracts';
import { instant } from './calendar.ts';
import { liveVisitors } from './live-visitors.ts';
import type { Site } from './site.ts';

export interface LiveStreamsParts {
  readonly now: () => number;
  readonly intervalMs: number;
  /** Ends every stream, so that a server can stop. */
  readonly stopping?: AbortSignal | undefined;
}

export interface LiveStreams {
  /**
   * Answers with server-sent events until the client disconnects or an hour is over; a HEAD request with the head
   * alone.
   * @throws Problem 503 when the maximum of streams is open.
   */
  open(site: Site, req: IncomingMessage, res: ServerResponse): void;
}

export const liveStreamsMax = 500;
/**
 * Milliseconds. A stream ends after them, so that no client occupies it for ever; an `EventSource` reconnects by
 * itself.
 */
export const liveStreamMaxMs = 3_600_000;

/** Streams of the number of present visitors of a site, with an event every interval. */
export function createLiveStreams({ now, intervalMs, stopping }: LiveStreamsParts): LiveStreams {
  const openStreams = new Set<ServerResponse>();
  stopping?.addEventListener('abort', () => {
    for (const res of openStreams) res.end();
  });

  return {
    open: (site, req, res) => {
      if (openStreams.size >= liveStreamsMax || stopping?.aborted) throw unavailable('live_streams_exhausted');
      res.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
      if (req.method === 'HEAD') {
        res.end();
        return;
      }
      const endsMs = now() + liveStreamMaxMs;
      const sendEvent = (): void => {
        const nowMs = now();
        // An end that was not sent within an interval waits for a client that does not read.
        if (res.writableEnded) res.destroy();
        else if (nowMs >= endsMs) res.end();
        // Events are skipped while the client has unread ones, so that a slow reader costs no memory.
        else if (!res.writableNeedDrain) res.write(liveEvent(site, nowMs));
      };
      openStreams.add(res);
      const timer = setInterval(sendEvent, intervalMs);
      res.once('close', () => {
        clearInterval(timer);
        openStreams.delete(res);
      });
      sendEvent();
    },
  };
}

function liveEvent(site: Site, nowMs: number): string {
  return `data: ${JSON.stringify({ visitors_now: liveVisitors(site, nowMs), time: instant(nowMs) })}\n\n`;
}
