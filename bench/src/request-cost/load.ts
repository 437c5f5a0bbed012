/**
 * The load generator, a process of its own: gets one task at a time over the channel to its parent, and ends with it.
 * Measuring is a window within continuous load, at both ends of which the proxy's account and the count of answers are
 * read in one synchronous step, so that both cover the same window.
 */
import { createHistogram, performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { readAccount } from '@engagetrack/test-ground';
import { createHttpConnection } from '../load-kit/http-connection.ts';
import { connectionsOpen, type LoadReply, type LoadResult, type LoadTask, parseLoadTask } from './load-messages.ts';
import { keepBusy, keepRate } from './load-shapes.ts';

process.on('disconnect', () => process.exit(0));
process.on('message', (message) => {
  applyLoad(parseLoadTask(message)).then(
    (result) => reply({ ok: true, result }),
    (error: unknown) => reply({ ok: false, reason: error instanceof Error ? error.message : String(error) }),
  );
});

async function applyLoad(task: LoadTask): Promise<LoadResult> {
  const { port, pid, leadInMs, measureMs, requestsPerSecond } = task;
  const connections = Array.from({ length: connectionsOpen }, () => createHttpConnection(port));
  const latencyUs = createHistogram();
  const ending = new AbortController();
  let requests = 0;
  const load = {
    connections,
    nextRequest: createRequests(task),
    signal: ending.signal,
    answered: (ms: number) => {
      requests += 1;
      latencyUs.record(Math.max(1, Math.round(ms * 1_000)));
    },
  };
  const loading = requestsPerSecond === undefined ? keepBusy(load) : keepRate(load, requestsPerSecond);

  const measure = async (): Promise<LoadResult> => {
    await delay(leadInMs);
    const before = { ...readAccount(pid), atMs: performance.now() };
    requests = 0;
    latencyUs.reset();
    await delay(measureMs);
    const after = { ...readAccount(pid), atMs: performance.now() };
    return {
      requests,
      wallMs: after.atMs - before.atMs,
      cpuUs: after.cpuUs - before.cpuUs,
      residentBytes: after.residentBytes,
      p50Ms: latencyUs.percentile(50) / 1_000,
      p99Ms: latencyUs.percentile(99) / 1_000,
    };
  };
  try {
    // The load ends early only by failing.
    const result = await Promise.race([measure(), loading.then(() => Promise.reject(new Error('The load has ended')))]);
    ending.abort();
    await loading;
    return result;
  } finally {
    ending.abort();
    for (const connection of connections) connection.close();
  }
}

/** The same request with each of the keys in turn. */
function createRequests({ path, keys }: LoadTask): () => Buffer {
  const requests = keys.map((key) =>
    Buffer.from(
      `GET ${path} HTTP/1.1\r\nHost: api.engagetrack.net\r\nAccept: application/json\r\nUser-Agent: bench\r\n` +
        `Authorization: Bearer ${key}\r\n\r\n`,
    ),
  );
  let turn = 0;
  return () => {
    turn = (turn + 1) % requests.length;
    const request = requests[turn];
    if (request === undefined) throw new Error('A task needs at least one API key');
    return request;
  };
}

function reply(message: LoadReply): void {
  if (process.connected) process.send?.(message);
}
