import { describe, expect, it } from '@jest/globals';
import { createCallers } from './callers.ts';
import { createLogger } from './logger.ts';
import { createTrustedProxies } from './trusted-proxies.ts';

const from = (remoteAddress: string, forwardedFor?: string) => ({
  socket: { remoteAddress },
  headers: { 'x-forwarded-for': forwardedFor },
});

function callersWith(hops: number, ...ranges: readonly string[]) {
  const lines: string[] = [];
  const log = createLogger({ service: 'test', level: 'info', stream: { write: (line) => lines.push(line) } });
  return { callers: createCallers(createTrustedProxies(hops, ranges), log), lines };
}

describe('createCallers', () => {
  it('warns once when X-Forwarded-For comes and nothing is trusted, without an address', () => {
    const { callers, lines } = callersWith(0);
    callers.addressOf(from('192.0.2.9'));
    expect(lines).toEqual([]);
    for (let i = 0; i < 3; i += 1) expect(callers.addressOf(from('192.0.2.9', '203.0.113.1'))).toBe('192.0.2.9');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({ level: 'warn', at: 'forwarded_for_ignored' }),
    ]);
    expect(lines[0]).toMatch(/TRUSTED_PROXIES.*TRUSTED_HOPS/);
    expect(lines[0]).not.toMatch(/192\.0\.2|203\.0\.113/);
  });

  it('warns when the peer is outside the trusted ranges', () => {
    const { callers, lines } = callersWith(0, '10.0.0.0/8');
    expect(callers.addressOf(from('10.0.0.1', '203.0.113.1'))).toBe('203.0.113.1');
    expect(lines).toEqual([]);
    callers.addressOf(from('192.0.2.9', '203.0.113.1'));
    expect(lines).toHaveLength(1);
  });

  it('does not warn about a trusted or proven peer', () => {
    const { callers, lines } = callersWith(1);
    callers.addressOf(from('192.0.2.9', '203.0.113.1'));
    const { callers: proven, lines: others } = callersWith(0);
    expect(proven.addressOf(from('192.0.2.9', '203.0.113.1'), 1)).toBe('203.0.113.1');
    expect([lines, others]).toEqual([[], []]);
  });
});
