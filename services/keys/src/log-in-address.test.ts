import { internalTokenHeader } from '@engagetrack/contracts';
import { createCallers, createLogger, createTrustedProxies } from '@engagetrack/service-chassis';
import { describe, expect, it } from '@jest/globals';
import { logInAddress } from './log-in-address.ts';

const peer = '192.0.2.9';
const internalToken = 'internal-token-of-the-log-in-address';

const log = createLogger({ service: 'keys', level: 'silent' });
const addressWith = (headers: Readonly<Record<string, string>>, remoteAddress = peer, ranges: string[] = []): string =>
  logInAddress(
    { socket: { remoteAddress }, headers },
    createCallers(createTrustedProxies(0, ranges), log),
    internalToken,
  );
const proven = (forwardedFor: string): string =>
  addressWith({ [internalTokenHeader]: internalToken, 'x-forwarded-for': forwardedFor });

describe('logInAddress', () => {
  it('is the last address that a gateway or a dashboard of ours forwards', () => {
    expect(proven('203.0.113.1')).toBe('203.0.113.1');
    expect(proven('198.51.100.7, 203.0.113.1')).toBe('203.0.113.1');
    expect(proven('203.0.113.1:4711')).toBe('203.0.113.1');
  });

  it('is the caller’s through a balancer between a gateway and the key service', () => {
    const headers = { [internalTokenHeader]: internalToken, 'x-forwarded-for': '203.0.113.1, 10.0.0.4' };
    expect(addressWith(headers, '10.9.9.9', ['10.9.9.9'])).toBe('203.0.113.1');
    expect(addressWith({ 'x-forwarded-for': '198.51.100.7, 203.0.113.1' }, '10.9.9.9', ['10.9.9.9'])).toBe(
      '203.0.113.1',
    );
  });

  it('is the peer where the proof is missing or wrong', () => {
    expect(addressWith({ 'x-forwarded-for': '203.0.113.1' })).toBe(peer);
    for (const proof of ['', internalToken.slice(1), `${internalToken} `])
      expect(addressWith({ [internalTokenHeader]: proof, 'x-forwarded-for': '203.0.113.1' })).toBe(peer);
  });

  it('is the peer where the forwarded text is no address: a new text for each guess would be a new limit', () => {
    expect(addressWith({ [internalTokenHeader]: internalToken })).toBe(peer);
    for (const text of ['', 'unknown', '203.0.113.1, _hidden']) expect(proven(text)).toBe(peer);
  });

  it('is the same for an IPv4 address mapped into IPv6: as IPv6 all IPv4 callers would share one limit', () => {
    expect(proven('::ffff:203.0.113.1')).toBe('203.0.113.1');
    expect(addressWith({}, '::ffff:192.0.2.9')).toBe(peer);
  });
});
