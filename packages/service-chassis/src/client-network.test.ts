import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clientNetwork } from './client-network.ts';

describe('clientNetwork', () => {
  it('is the address itself for IPv4, and the text itself for no address', () => {
    for (const address of ['203.0.113.7', 'unknown', '', 'constructor', '2001:db8::g'])
      expect(clientNetwork(address)).toBe(address);
  });

  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8::', '2001:db8:0:0::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['2001:db8::5:6', '2001:db8:0:0::/64'],
    ['2001:db8:0:7::1', '2001:db8:0:7::/64'],
    ['::1', '0:0:0:0::/64'],
    ['::', '0:0:0:0::/64'],
    ['1:2:3:4:5:6:7::', '1:2:3:4::/64'],
    ['::2:3:4:5:6:7:8', '0:2:3:4::/64'],
    ['64:ff9b::192.0.2.1', '64:ff9b:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('is the /64 of %s', (address, network) => {
    expect(clientNetwork(address)).toBe(network);
  });

  it('is one for all addresses of a /64 in any spelling, and another for the next', () => {
    const group = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.tuple(group, group, group, group), fc.ipV6(), (own, any) => {
        const prefix = own.map((each) => each.toString(16));
        const one = clientNetwork(`${prefix.join(':')}::1`);
        expect(clientNetwork(`${prefix.map((each) => each.padStart(4, '0').toUpperCase()).join(':')}:f:0:0:a`)).toBe(
          one,
        );
        const next = own.with(3, (own[3] + 1) % 0x10000).map((each) => each.toString(16));
        expect(clientNetwork(`${next.join(':')}::1`)).not.toBe(one);
        expect(clientNetwork(any)).toMatch(/^([0-9a-f]{1,4}:){4}:\/64$/);
      }),
    );
  });
});
