import { isIPv6 } from 'node:net';
import { AddressNotAllowedError } from './guarded-connect.js';

/**
 * Ours, whatever the other side is: `paused`, this process stood still meanwhile; `unavailable`, it had no descriptor,
 * port or memory for a connection, or reached no name server.
 */
export type OwnFailure = 'paused' | 'unavailable';

export type OutgoingFailure =
  'timeout' | 'refused' | 'address_not_allowed' | 'answer_too_large' | 'redirect' | 'network' | OwnFailure;

/** Whether a call failed on our side, which says nothing about the other and is no attempt. */
export function isOwnFailure(failure: string): failure is OwnFailure {
  return failure === 'paused' || failure === 'unavailable';
}

/** What Node and undici say, as far as it means something of its own. `detail` is a code. */
export function explain(error: unknown): { failure: OutgoingFailure; detail: string } {
  if (error instanceof AddressNotAllowedError)
    return { failure: 'address_not_allowed', detail: 'ADDRESS_NOT_ALLOWED' };
  const detail = textOf(error, 'code') ?? textOf(error, 'name') ?? 'unknown';
  return { failure: failureOf(detail, error), detail };
}

function failureOf(code: string, error: unknown): OutgoingFailure {
  switch (code) {
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOBUFS':
    case 'ENOMEM':
    case 'NAME_SERVER_UNREACHABLE':
      return 'unavailable';
    case 'EADDRNOTAVAIL':
      // Of ports there are none left; but a machine without IPv6 says the same of every such address, for ever.
      return isIPv6(textOf(error, 'address') ?? '') ? 'network' : 'unavailable';
    case 'ECONNREFUSED':
      return 'refused';
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'ETIMEDOUT':
      return 'timeout';
    case 'UND_ERR_HEADERS_OVERFLOW':
      return 'answer_too_large';
    default:
      return 'network';
  }
}

function textOf(error: unknown, field: 'code' | 'name' | 'address'): string | undefined {
  const value = (error as Partial<Record<string, unknown>> | null | undefined)?.[field];
  return typeof value === 'string' ? value : undefined;
}
