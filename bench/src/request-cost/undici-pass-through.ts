/**
 * A reference: node:http and undici that pass every request on and do nothing else.
 *
 * Environment: UPSTREAM_URL.
 */
import { createServer, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { listenOnLoopback } from '../load-kit/listen-on-loopback.ts';
import { requiredVariable } from '../load-kit/required-variable.ts';

const pool = new Pool(requiredVariable('UPSTREAM_URL'), { pipelining: 1 });
/** RFC 9110 section 7.6.1: fields of one connection. */
const hopByHop: ReadonlySet<string> = new Set(['connection', 'host', 'keep-alive', 'transfer-encoding']);

await listenOnLoopback(
  createServer((req, res) => {
    const headers = req.rawHeaders.slice();
    dropHopByHop(headers);
    pool.dispatch({ path: req.url ?? '', method: 'GET', headers, body: null }, answering(res));
  }),
);

function answering(res: ServerResponse): Dispatcher.DispatchHandler {
  return {
    // undici takes no handler without it.
    onRequestStart: () => undefined,
    onResponseStart: ({ rawHeaders }, status) => {
      const fields = Array.isArray(rawHeaders) ? rawHeaders.map((part) => part.toString()) : [];
      dropHopByHop(fields);
      res.writeHead(status, fields);
    },
    onResponseData: (controller, chunk) => {
      if (res.write(chunk)) return;
      controller.pause();
      res.once('drain', () => controller.resume());
    },
    onResponseEnd: () => void res.end(),
    onResponseError: () => void res.destroy(),
  };
}

/** @param fields names and values alternately. */
function dropHopByHop(fields: string[]): void {
  for (let index = fields.length - 2; index >= 0; index -= 2)
    if (hopByHop.has(fields[index]?.toLowerCase() ?? '')) fields.splice(index, 2);
}
