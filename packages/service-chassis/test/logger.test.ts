import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from '@jest/globals';
import { createLogger } from '../src/logger.ts';

const key = 'et_live_00112233445566778899aabbccddc5d6';
const session = `et_session_${'Ab-_'.repeat(10)}xyz`;
const keyHash = '0123456789abcdef'.repeat(4);
const redisUrl = 'redis://user:hunter2@host:6379';

function createRecorder(level = 'info') {
  const lines: string[] = [];
  const log = createLogger({ service: 'gateway', level, stream: { write: (line) => void lines.push(line) } });
  return { log, lines };
}

describe('a log line', () => {
  it('is one line of JSON with the service, the level by name, the time and the fields', () => {
    const { log, lines } = createRecorder();
    log.info({ at: 'request', status: 200 });
    expect(lines).toHaveLength(1);
    expect(lines[0]?.endsWith('\n')).toBe(true);
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      service: 'gateway',
      at: 'request',
      status: 200,
    });
  });

  it('is not written below the level', () => {
    const { log, lines } = createRecorder('warn');
    log.info({ at: 'request' });
    log.warn({ at: 'redis_unreachable' });
    expect(lines).toHaveLength(1);
  });

  it('carries no credential in a field, a message, an error, its cause or its stack', () => {
    const { log, lines } = createRecorder();
    const cause = new Error(`connect ${redisUrl}`);
    const err = new Error(`unexpected ${key} for ${session}`, { cause });
    log.error(
      { at: 'problem', err, nested: { authorization: `Bearer ${key}`, list: [session, keyHash] } },
      `of ${keyHash}`,
    );
    log.child({ keyHash }).info({ at: 'request' });
    const written = lines.join('');
    for (const secret of [key, session, keyHash, 'hunter2']) expect(written).not.toContain(secret);
    expect(lines.map((line) => JSON.parse(line).at)).toEqual(['problem', 'request']);
    expect(JSON.parse(lines[0] ?? '').err.message).toContain('unexpected et_live_[redacted] for et_session_[redacted]');
    expect(JSON.parse(lines[0] ?? '').err.stack).toContain('redis://user:[redacted]@host:6379');
  });
});

describe('standard output', () => {
  const run = (rest: string) => {
    const file = new URL('../src/logger.ts', import.meta.url).href;
    const source = `import { createLogger } from ${JSON.stringify(file)};
      const log = createLogger({ service: 'gateway', level: 'info' });
      for (let n = 0; n < 200; n += 1) log.info({ at: 'request', n });
      ${rest}`;
    return spawn(process.execPath, ['--input-type=module', '--conditions=source', '--eval', source]);
  };
  const numbers = (lines: string) => lines.match(/(?<="n":)\d+/g)?.map(Number);
  const all = Array.from({ length: 200 }, (_, n) => n);

  it.each([
    ['has nothing left to do', ''],
    ['exits', 'process.exit(0);'],
    ['ends by an error', 'throw new Error("unexpected");'],
  ])('has every line of a process that %s', async (_what, rest) => {
    // An exit does not wait for a write in progress: the lines after it may come first.
    expect(numbers(await text(run(rest).stdout))?.toSorted((a, b) => a - b)).toEqual(all);
  });

  it('keeps no process from its exit when its reader has gone away', async () => {
    const child = run(`process.stdin.on('end', () => {
      log.info({ at: 'last' });
      process.exit(7);
    });
    process.stdin.resume();
    process.stderr.write('ready');`);
    await once(child.stderr, 'data');
    child.stdout.destroy();
    await once(child.stdout, 'close');
    child.stdin.end();
    const deadline = setTimeout(() => child.kill('SIGKILL'), 5_000);
    const [code] = await once(child, 'exit');
    clearTimeout(deadline);
    expect(code).toBe(7);
  });

  it('keeps a bounded number of lines for a reader that stands still, and says how many were lost', async () => {
    const count = 150_000;
    const child = run(`for (let n = 200; n < ${count}; n += 1) log.info({ at: 'request', n });
    process.stderr.write('ready');`);
    await once(child.stderr, 'data');
    const lines = await text(child.stdout);
    const [, lost] = /"level":"error".*"at":"log_lines_lost","lines":(\d+)/.exec(lines) ?? [];
    const kept = numbers(lines)?.length ?? 0;
    expect(lines.length).toBeGreaterThan(8 * 2 ** 20);
    expect(lines.length).toBeLessThan(9 * 2 ** 20);
    expect(kept + Number(lost)).toBe(count);
  });

  it('has every line of a process that goes on, a moment later', async () => {
    const child = run('setInterval(() => undefined, 1_000);');
    let lines = '';
    for await (const part of child.stdout) {
      lines += part;
      if (numbers(lines)?.length === all.length) break;
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(numbers(lines)).toEqual(all);
  });
});
