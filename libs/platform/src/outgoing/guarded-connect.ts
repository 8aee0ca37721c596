import type { LookupAddress, LookupOptions } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { AllowedAddresses } from './allowed-addresses.js';
import type { HostNames } from './host-names.js';

/** The connection was not opened, because it would have led to an address that is not allowed. */
export class AddressNotAllowedError extends Error {
  readonly code = 'ADDRESS_NOT_ALLOWED';
}

/**
 * Opens connections to allowed addresses only. The check is made on the very address that is connected to: checking a
 * name beforehand and resolving it again to connect would let a name server give a different answer to each question.
 *
 * @param timeout how long opening may take, in ms; name resolution and TLS included
 */
export function guardedConnector(
  allowed: AllowedAddresses,
  names: HostNames,
  timeout: number,
): buildConnector.connector {
  const connect = buildConnector({ timeout, lookup: guardedLookup(allowed, names) });
  return (options, callback) => {
    // An address in the URL is never resolved, so the lookup would not see it.
    const literal = literalAddress(options.hostname);
    if (literal !== undefined && !allowed.allows(literal)) {
      callback(new AddressNotAllowedError(), null);
      return;
    }
    connect(options, callback);
  };
}

/** @returns the address that a URL's host is, without the brackets of IPv6; undefined for a name */
export function literalAddress(hostname: string): string | undefined {
  if (hostname.startsWith('[')) return hostname.slice(1, -1);
  // The URL parser has normalised every other notation of IPv4 (hexadecimal, octal, short) to four decimal numbers.
  return isIP(hostname) === 0 ? undefined : hostname;
}

function guardedLookup(allowed: AllowedAddresses, names: HostNames): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    names.addresses(hostname).then(
      (addresses) => {
        const usable = addresses.filter(({ address }) => allowed.allows(address));
        const [first] = usable;
        if (first === undefined) callback(new AddressNotAllowedError(), '');
        else answer(first, usable);
      },
      (error: unknown) => {
        callback(error as NodeJS.ErrnoException, '');
      },
    );

    function answer(first: LookupAddress, usable: LookupAddress[]): void {
      if (options.all === true) callback(null, usable);
      else callback(null, first.address, first.family);
    }
  };
}
