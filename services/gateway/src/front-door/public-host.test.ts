import { describe, expect, it } from '@jest/globals';
import { createPublicHost, hostPattern } from './public-host.ts';

describe('createPublicHost', () => {
  const publicHost = createPublicHost(['api.engagetrack.net', 'eu.Engagetrack.net:8443']);

  it('is the name of the list that the caller used, in the spelling of the list', () => {
    expect(publicHost('api.engagetrack.net')).toBe('api.engagetrack.net');
    expect(publicHost('EU.engagetrack.net:8443')).toBe('eu.Engagetrack.net:8443');
  });

  it('is the first name for any other Host', () => {
    for (const host of [
      'evil.test',
      'api.engagetrack.net.evil.test',
      'api.engagetrack.net:8443',
      '__proto__',
      undefined,
    ])
      expect(publicHost(host)).toBe('api.engagetrack.net');
  });

  it('is none without a list, for any Host', () => {
    expect(createPublicHost([])('evil.test')).toBeUndefined();
  });
});

describe('hostPattern', () => {
  it('fits names and addresses with and without a port, and nothing else', () => {
    for (const host of ['api.test', 'api.test:8080', '192.0.2.7', '[2001:db8::1]:443'])
      expect(host).toMatch(hostPattern);
    for (const host of ['', 'https://api.test', 'api.test/', 'a b', 'a\nb', 'u@api.test', '2001:db8::1'])
      expect(host).not.toMatch(hostPattern);
  });
});
