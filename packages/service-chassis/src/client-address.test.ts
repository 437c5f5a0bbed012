import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientAddress, forwardedProtocol } from './client-address.ts';
import { createTrustedProxies } from './trusted-proxies.ts';

const peer = '192.0.2.9';

const addressOf = (
  remoteAddress: string | undefined,
  forwardedFor: string | undefined,
  hops: number,
  ...ranges: readonly string[]
): string =>
  clientAddress(
    { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } },
    createTrustedProxies(hops, ranges),
  );
const protocolOf = (forwardedProto: string | undefined, hops: number, ...ranges: readonly string[]): string =>
  forwardedProtocol(
    { socket: { remoteAddress: peer }, headers: { 'x-forwarded-proto': forwardedProto } },
    createTrustedProxies(hops, ranges),
  );

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
    ['a port without an address', ':4711'],
    ['a port of six digits', '203.0.113.7:123456'],
    ['a port that is no number', '203.0.113.7:http'],
    ['two ports', '203.0.113.7:1:2'],
    ['an IPv4 address in brackets', '[203.0.113.7]'],
    ['an open bracket', '[2001:db8::1'],
    ['a port behind bare IPv6, which might be a group', '2001:db8:1:2:3:4:5:6:443'],
    ['a header’s worth of digits', '1'.repeat(4_000)],
    ['a script', "1;redis.call('FLUSHALL')"],
  ])('takes the peer for an entry of %s', (_what, entry) => {
    expect(addressOf(peer, `203.0.113.1, ${entry}`, 1)).toBe(peer);
  });

  it.each([
    ['203.0.113.7:40000', '203.0.113.7'],
    ['203.0.113.7:1', '203.0.113.7'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['[2001:DB8::1]', '2001:db8::1'],
    ['[::ffff:203.0.113.7]:443', '203.0.113.7'],
  ])('reads the entry %s as %s', (entry, address) => {
    expect(addressOf(peer, entry, 1)).toBe(address);
    expect(addressOf(peer, `198.51.100.1:9, ${entry} `, 1)).toBe(address);
    expect(addressOf(peer, `${entry}, 198.51.100.8:80`, 0, peer, '198.51.100.8')).toBe(address);
  });

  it('is the first address from the end that is no trusted proxy', () => {
    const forwardedFor = '203.0.113.66, 203.0.113.1, 10.0.0.7, 10.255.0.8';
    expect(addressOf(peer, forwardedFor, 0, '192.0.2.0/24', '10.0.0.0/8')).toBe('203.0.113.1');
    expect(addressOf(peer, forwardedFor, 0, '192.0.2.9', '10.255.0.0/16')).toBe('10.0.0.7');
    expect(addressOf('2001:db8::5', '2001:db8:0:1::7, 2001:db8:1::9', 0, '2001:db8::/48', '2001:db8:1::/48')).toBe(
      '2001:db8:0:1::7',
    );
  });

  it('is the peer when the peer is not in the trusted ranges, and no field changes that', () => {
    expect(addressOf(peer, '203.0.113.1', 0, '10.0.0.0/8', '2001:db8::/32')).toBe(peer);
    fc.assert(fc.property(fc.string(), (forwardedFor) => addressOf(peer, forwardedFor, 0, '10.0.0.0/8') === peer));
  });

  it('does not move when the caller makes the list longer, with ranges', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.ipV4(), fc.string()), { maxLength: 5 }), (claimed) => {
        const forwardedFor = [...claimed, '203.0.113.1', '10.0.0.7:80'].join(',');
        expect(addressOf('10.0.0.8', forwardedFor, 0, '10.0.0.0/8')).toBe('203.0.113.1');
      }),
    );
  });

  it('is the first entry when every address is trusted', () => {
    expect(addressOf(peer, '10.0.0.1, 10.0.0.2', 0, '10.0.0.0/8', peer)).toBe('10.0.0.1');
  });

  it('takes the peer for an entry behind trusted ones that is no address', () => {
    expect(addressOf(peer, '203.0.113.1, unknown, 10.0.0.2', 0, '10.0.0.0/8', peer)).toBe(peer);
  });

  it('counts hops first, and goes on through ranges', () => {
    expect(addressOf(peer, '203.0.113.1, 10.0.0.2', 1, '10.0.0.0/8')).toBe('203.0.113.1');
    expect(addressOf(peer, '203.0.113.1, 198.51.100.2', 1, '10.0.0.0/8')).toBe('198.51.100.2');
  });

  it('trusts an IPv4 proxy on a dual-stack socket', () => {
    expect(addressOf('::ffff:10.0.0.8', '203.0.113.1', 0, '10.0.0.0/8')).toBe('203.0.113.1');
  });

  it('looks at 32 entries at most', () => {
    const entries = Array.from({ length: 2_000 }, (_, n) => `10.0.${n >> 8}.${n & 255}`);
    expect(addressOf(peer, entries.join(','), 0, peer, '10.0.0.0/8')).toBe(entries.at(-32));
  });

  it('steps over one more proxy that has proved itself', () => {
    const forwarded = (remoteAddress: string, forwardedFor: string, ...ranges: readonly string[]): string =>
      clientAddress(
        { socket: { remoteAddress }, headers: { 'x-forwarded-for': forwardedFor } },
        createTrustedProxies(0, ranges),
        1,
      );
    expect(forwarded(peer, '198.51.100.1, 203.0.113.1')).toBe('203.0.113.1');
    expect(forwarded('10.0.0.8', '203.0.113.1, 10.9.0.1', '10.0.0.8')).toBe('203.0.113.1');
    expect(forwarded('10.0.0.8', '203.0.113.1', '10.0.0.8')).toBe('203.0.113.1');
  });

  it('writes an IPv4 address in one way, also when a dual-stack socket or hop maps it into IPv6', () => {
    expect(addressOf('::ffff:192.0.2.9', undefined, 0)).toBe(peer);
    expect(addressOf('::1', '::ffff:203.0.113.1', 1)).toBe('203.0.113.1');
    expect(addressOf('::1', '::FFFF:203.0.113.1', 1)).toBe('203.0.113.1');
    expect(addressOf('::1', '::ffff:cb00:7101', 1)).toBe('203.0.113.1');
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

  it('trusts a peer in the trusted ranges, and no other', () => {
    expect(protocolOf('https', 0, '192.0.2.0/24')).toBe('https');
    expect(protocolOf('https', 0, '10.0.0.0/8')).toBe('http');
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
