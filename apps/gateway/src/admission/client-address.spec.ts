import { describe, expect, test } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { ClientAddress } from './client-address.js';

const unlimited = {
  address: null,
  connections: null,
  user: null,
  application: null,
  failures: null,
  broadcasts: null,
};

function configured(trustedProxies: string[], publicUrl: string | null = null): ClientAddress {
  return new ClientAddress({
    publicUrl,
    playgroundUrl: null,
    isVonageAclRequired: true,
    installationKey: '',
    trustedProxies,
    files: { directory: '', s3: null, bytes: 1, types: [] },
    rates: unlimited,
  });
}

function requestOf(remoteAddress: string, headers: Record<string, string>): IncomingMessage {
  return { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
}

function addressOf(trustedProxies: string[], remoteAddress: string, forwarded?: string): string | null {
  const headers: Record<string, string> = forwarded === undefined ? {} : { 'x-forwarded-for': forwarded };
  return configured(trustedProxies).of(requestOf(remoteAddress, headers));
}

const proxies = ['10.0.0.0/8', 'fd00::/8'];

describe("the client's address", () => {
  test.each([
    ['nobody is trusted unless named', [], '10.0.0.1', '8.8.8.8', '10.0.0.1'],
    ['a client that is no proxy speaks for nobody', proxies, '9.9.9.9', '8.8.8.8', '9.9.9.9'],
    ['a proxy speaks for its client', proxies, '10.0.0.1', '8.8.8.8', '8.8.8.8'],
    ['what the client has put before is not believed', proxies, '10.0.0.1', '1.1.1.1, 8.8.8.8', '8.8.8.8'],
    ['proxies behind proxies', proxies, '10.0.0.1', '1.1.1.1, 8.8.8.8, 10.0.0.2', '8.8.8.8'],
    ['a request of a proxy itself', proxies, '10.0.0.1', undefined, '10.0.0.1'],
    ['all of them proxies', proxies, '10.0.0.1', '10.0.0.3', '10.0.0.3'],
    ['rubbish', proxies, '10.0.0.1', 'unknown', '10.0.0.1'],
    ['rubbish before a proxy', proxies, '10.0.0.1', 'x, 10.0.0.2', '10.0.0.2'],
    ['one notation for the same address', proxies, '::ffff:10.0.0.1', '::ffff:8.8.8.8', '8.8.8.8'],
    ['IPv6', proxies, 'fd00::1', '2001:db8:0:0::7', '2001:db8::7'],
  ] as const)('%s', (_title, trusted, remote, forwarded, expected) => {
    expect(addressOf([...trusted], remote, forwarded)).toBe(expected);
  });

  test('a range that is none is a mistake of the configuration', () => {
    expect(() => addressOf(['10.0.0.0/33'], '10.0.0.1')).toThrow('HOOKLINE_TRUSTED_PROXIES is not usable');
  });
});

describe('the origin of links', () => {
  const headers = {
    host: 'chat.example:8080',
    'x-forwarded-host': 'outside.example',
    'x-forwarded-proto': 'https',
  };

  test.each([
    ['is what the request says', null, '9.9.9.9', headers, 'http://chat.example:8080'],
    ['is what a trusted proxy says', null, '10.0.0.1', headers, 'https://outside.example'],
    ['is the host of the request that a proxy passes on', null, '10.0.0.1', { host: 'a.b' }, 'http://a.b'],
    ['is what the installation says', 'https://chat.example', '9.9.9.9', headers, 'https://chat.example'],
    ['also through a proxy', 'https://chat.example', '10.0.0.1', headers, 'https://chat.example'],
  ] as const)('%s', (_title, publicUrl, remote, said, expected) => {
    expect(configured([...proxies], publicUrl).origin(requestOf(remote, said))).toBe(expected);
  });
});
