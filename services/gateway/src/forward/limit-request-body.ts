import { Problem } from '@engagetrack/contracts';
import { type Forwarding, giveUp } from './forwarding.ts';

/**
 * Bytes that chunks may cost beside their content: this much, and then so many times the content itself. Beyond it the
 * answer is 413.
 */
const framingBytesMax = 64 * 1024;
const framingFactorMax = 8;

/** Cuts a body off while it streams, once it is longer than its route allows or turns out to be broken. */
export function limitRequestBody(forwarding: Forwarding): void {
  const { exchange, route } = forwarding;
  const { req, res, broken } = exchange;
  const bytesReadBefore = req.socket.bytesRead;
  let received = 0;
  const measure = (chunk: Buffer): void => {
    received += chunk.length;
    forwarding.movedAtMs = forwarding.clock.now();
    const framing = req.socket.bytesRead - bytesReadBefore - received;
    if (received > route.bodyBytesMax || framing > framingBytesMax + framingFactorMax * received)
      end(new Problem('payload_too_large'));
  };
  const end = (problem: Problem): void => {
    req.off('data', measure);
    // Behind an answer that is out already nobody is left to be told.
    if (res.headersSent) req.destroy();
    else giveUp(forwarding, problem);
  };
  req.on('data', measure);
  forwarding.stopLimiting = () => req.off('data', measure);
  broken?.addEventListener('abort', () => end(broken.reason));
}
