import { expect, test } from '@jest/globals';
import { AddressNotAllowedError } from './guarded-connect.js';
import { explain, isOwnFailure } from './outgoing-failure.js';

const coded = (code: string, address?: string) => Object.assign(new Error(code), { code, address });

test.each([
  ['EMFILE', coded('EMFILE'), 'unavailable'],
  ['ENFILE', coded('ENFILE'), 'unavailable'],
  ['ENOBUFS', coded('ENOBUFS'), 'unavailable'],
  ['ENOMEM', coded('ENOMEM'), 'unavailable'],
  ['no port', coded('EADDRNOTAVAIL', '192.0.2.1'), 'unavailable'],
  ['no IPv6 here', coded('EADDRNOTAVAIL', '2001:db8::1'), 'network'],
  ['no name server', coded('NAME_SERVER_UNREACHABLE'), 'unavailable'],
  ['no such name', coded('ENOTFOUND'), 'network'],
  ['no address of the name', coded('ENODATA'), 'network'],
  ['a zone that says nothing', coded('ETIMEOUT'), 'network'],
  ['ECONNREFUSED', coded('ECONNREFUSED', '192.0.2.1'), 'refused'],
  ['ECONNRESET', coded('ECONNRESET'), 'network'],
  ['ETIMEDOUT', coded('ETIMEDOUT'), 'timeout'],
  ['the connect time-out', coded('UND_ERR_CONNECT_TIMEOUT'), 'timeout'],
  ['headers without end', coded('UND_ERR_HEADERS_OVERFLOW'), 'answer_too_large'],
  ['a forbidden address', new AddressNotAllowedError(), 'address_not_allowed'],
  ['whatever else', null, 'network'],
])('%s', (_title, error, failure) => {
  expect(explain(error).failure).toBe(failure);
});

test.each([
  ['paused', true],
  ['unavailable', true],
  ['timeout', false],
  ['network', false],
  ['status_503', false],
  ['', false],
])('%s is ours: %s', (failure, expected) => {
  expect(isOwnFailure(failure)).toBe(expected);
});
