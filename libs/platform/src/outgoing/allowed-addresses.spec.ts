import { describe, expect, test } from '@jest/globals';
import { AllowedAddresses } from './allowed-addresses.js';

describe('without an allow list', () => {
  const allowed = new AllowedAddresses([]);

  test.each([
    '8.8.8.8',
    '1.1.1.1',
    '172.15.255.255',
    '2606:4700:4700::1111',
    '2a00:1450:4001:801::200e',
    '::ffff:8.8.8.8',
  ])('%s is public', (address) => {
    expect(allowed.allows(address)).toBe(true);
  });

  test.each([
    ['127.0.0.1', 'loopback'],
    ['127.8.8.8', 'loopback'],
    ['0.0.0.0', 'this host'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['169.254.169.254', "link local: a cloud's metadata"],
    ['100.64.0.1', 'carrier-grade NAT'],
    ['192.0.2.1', 'documentation'],
    ['198.18.0.1', 'benchmarking'],
    ['224.0.0.1', 'multicast'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['::1', 'loopback'],
    ['::', 'unspecified'],
    ['::ffff:127.0.0.1', 'IPv4-mapped loopback'],
    ['::ffff:7f00:1', 'IPv4-mapped loopback in hexadecimal'],
    ['::127.0.0.1', 'IPv4-compatible'],
    ['fe80::1', 'link local'],
    ['fe80::1%eth0', 'link local with a zone'],
    ['fd00:ec2::254', "unique local: a cloud's metadata"],
    ['fec0::1', 'site local'],
    ['ff02::1', 'multicast'],
    ['64:ff9b::7f00:1', 'NAT64 of loopback'],
    ['2002:7f00:1::', '6to4 of loopback'],
    ['2001:0:1::1', 'Teredo'],
    ['2001:db8::1', 'documentation'],
    ['4000::1', "nobody's"],
    ['localhost', 'not an address'],
    ['', 'nothing'],
  ])('%s is not: %s', (address) => {
    expect(allowed.allows(address)).toBe(false);
  });
});

describe('with an allow list', () => {
  const allowed = new AllowedAddresses(['127.0.0.0/8', 'fd00::/8', '10.0.0.7']);

  test.each(['127.0.0.1', '::ffff:127.0.0.1', 'fd12::1', '10.0.0.7', '8.8.8.8'])(
    '%s is allowed',
    (address) => {
      expect(allowed.allows(address)).toBe(true);
    },
  );

  test.each(['::1', '10.0.0.8', '192.168.0.1'])('%s still is not', (address) => {
    expect(allowed.allows(address)).toBe(false);
  });

  test('a range that is none stops the app with a line that says so', () => {
    expect(() => new AllowedAddresses(['127.0.0.0/33'])).toThrow('HOOKLINE_OUTGOING_ALLOW is not usable');
  });
});
