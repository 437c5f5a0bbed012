import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientAddress, forwardedProtocol } from './client-address.ts';

const peer = '192.0.2.9';

const addressOf = (remoteAddress: string | undefined, forwardedFor: string | undefined, trustedHops: number): string =>
  clientAddress({ socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } }, trustedHops);
const protocolOf = (forwardedProto: string | undefined, trustedHops: number): string =>
  forwardedProtocol({ socket: {}, headers: { 'x-forwarded-proto': forwardedProto } }, trustedHops);

describe('clientAddress', () => {
  it('is the socket’s peer without a trusted hop, and ignores the request’s fields', () => {
    expect(addressOf(peer, '203.0.113.1', 0)).toBe(peer);
    expect(addressOf(peer, undefined, 0)).toBe(peer);
    fc.assert(fc.property(fc.string(), (forwardedFor) => addressOf(peer, forwardedFor, 0) === peer));
  });

  it('is the n-th entry from the end with n trusted hops', () => {
    const forwardedFor = '203.0.113.66, 203.0.113.1,198.51.100.7 ,  198.51.100.8';
    expect(addressOf(peer, forwardedFor, 1)).toBe('198.51.100.8');
    expect(addressOf(peer, forwardedFor, 2)).toBe('198.51.100.7');
    expect(addressOf(peer, forwardedFor, 3)).toBe('203.0.113.1');
  });

  it('does not move when the caller makes the list longer', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.string()), { maxLength: 5 }), fc.ipV4(), (claimed, seen) => {
        expect(addressOf(peer, [...claimed, seen].join(','), 1)).toBe(seen);
        expect(addressOf(peer, [...claimed, seen, '198.51.100.7'].join(','), 2)).toBe(seen);
      }),
    );
  });

  it('is the first entry when a hop is skipped, and the peer without any', () => {
    expect(addressOf(peer, '198.51.100.7', 2)).toBe('198.51.100.7');
    expect(addressOf(peer, undefined, 2)).toBe(peer);
  });

  it.each([
    ['nothing', ''],
    ['a word', 'unknown'],
    ['an obfuscated node', '_hidden'],
    ['letters that are digits too', 'deadbeef'],
    ['dots', '...'],
    ['colons', ':::'],
    ['a number out of range', '203.0.113.256'],
    ['three numbers', '203.0.113'],
    ['a port, which would be another one every time', '203.0.113.1:4711'],
    ['brackets', '[2001:db8::1]'],
    ['a header’s worth of digits', '1'.repeat(4_000)],
    ['a script', "1;redis.call('FLUSHALL')"],
  ])('takes the peer for an entry of %s', (_what, entry) => {
    expect(addressOf(peer, `203.0.113.1, ${entry}`, 1)).toBe(peer);
  });

  it('writes an IPv4 address in one way, also when a dual-stack socket or hop maps it into IPv6', () => {
    expect(addressOf('::ffff:192.0.2.9', undefined, 0)).toBe(peer);
    expect(addressOf('::1', '::ffff:203.0.113.1', 1)).toBe('203.0.113.1');
    expect(addressOf('::1', '::FFFF:203.0.113.1', 1)).toBe('203.0.113.1');
    expect(addressOf('::1', '2001:db8::1', 1)).toBe('2001:db8::1');
  });

  it('is `unknown` for a closed socket', () => {
    expect(addressOf(undefined, undefined, 0)).toBe('unknown');
  });
});

describe('forwardedProtocol', () => {
  it('is http without a trusted hop', () => {
    expect(protocolOf('https', 0)).toBe('http');
    expect(protocolOf(undefined, 1)).toBe('http');
  });

  it('trusts the nearest hop only', () => {
    expect(protocolOf('https', 1)).toBe('https');
    expect(protocolOf('http, HTTPS ', 1)).toBe('https');
    expect(protocolOf('https, http', 1)).toBe('http');
  });

  it('takes anything else for http', () => {
    for (const junk of ['', 'wss', 'https:', 'httpss', 'https https']) expect(protocolOf(junk, 1)).toBe('http');
  });
});
