import { describe, expect, it } from '@jest/globals';
import { createTrustedProxies, isTrusted, parseAddressRange } from './trusted-proxies.ts';

describe('parseAddressRange', () => {
  it.each(['10.0.0.0/8', '192.0.2.7', '0.0.0.0/0', '192.0.2.7/32', '2001:db8::/32', '::1', '2001:DB8::/128'])(
    'accepts %s',
    (text) => {
      expect(parseAddressRange(text)).toBeDefined();
    },
  );

  it.each([
    ...['', 'loopback', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/-1', '10.0.0.0/8/8', '10.0.0/8', '10/8', '010.0.0.1'],
    ...['2001:db8::/129', '2001:db8::/x', '/8', '10.0.0.0/255.0.0.0', '0x0a000001', '10.0.0.0-10.0.0.9'],
    ...['10.0.0.0 /8', '192.0.2.7:80', '[::1]', 'fe80::1%eth0', '::ffff:10.0.0.0/104', '*'],
  ])('refuses "%s"', (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  });
});

describe('isTrusted', () => {
  it('tells the first and last address of a range from its neighbours', () => {
    const proxies = createTrustedProxies(0, ['10.1.0.0/16', '2001:db8::/33']);
    for (const address of ['10.1.0.0', '10.1.255.255', '2001:db8::', '2001:db8:7fff:ffff::1', '::ffff:10.1.2.3'])
      expect(isTrusted(proxies, address, 0)).toBe(true);
    for (const address of ['10.0.255.255', '10.2.0.0', '2001:db8:8000::', '2001:db7::', 'unknown', '', undefined])
      expect(isTrusted(proxies, address, 0)).toBe(false);
  });

  it('never matches an address of the other kind', () => {
    expect(isTrusted(createTrustedProxies(0, ['0.0.0.0/0']), '2001:db8::1', 0)).toBe(false);
    expect(isTrusted(createTrustedProxies(0, ['::/0']), '10.0.0.1', 0)).toBe(false);
  });
});
