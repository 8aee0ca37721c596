import ipaddr from 'ipaddr.js';
import { ConfigurationError } from '../configuration.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** Addresses that an operator has named. */
export class AddressRanges {
  private readonly ranges: readonly Range[];

  /**
   * @param ranges CIDR notation, or single addresses
   * @param setting where they come from
   * @throws ConfigurationError
   */
  constructor(ranges: readonly string[], setting: string) {
    this.ranges = ranges.map((text) => parseRange(text, setting));
  }

  has(address: Address): boolean {
    return this.ranges.some(
      ([network, length]) => network.kind() === address.kind() && address.match(network, length),
    );
  }
}

/** @param text in any notation; ::ffff:10.0.0.1 is 10.0.0.1. @returns null for what is no IP address */
export function addressOf(text: string): Address | null {
  return ipaddr.isValid(text) ? ipaddr.process(text) : null;
}

/** What one subscriber has, as a key: an address of IPv4, or a network of 64 bits of IPv6. */
export function subscriberOf(address: string | null): string {
  const known = addressOf(address ?? '');
  if (known === null) return 'unknown';
  return known instanceof ipaddr.IPv6 ? known.parts.slice(0, 4).join(':') : known.toString();
}

function parseRange(text: string, setting: string): Range {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  const address = addressOf(text);
  if (address !== null) return [address, address.kind() === 'ipv4' ? 32 : 128];
  throw new ConfigurationError(`${setting} is not usable: "${text}" is not a CIDR range`);
}
