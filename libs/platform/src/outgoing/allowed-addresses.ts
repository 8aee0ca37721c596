import ipaddr from 'ipaddr.js';
import { ConfigurationError } from '../configuration.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Range = [Address, number];

/** What IANA has given out for global unicast; the rest of IPv6 is special or nobody's. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Which addresses outgoing requests may reach: public ones, and what the operator allows besides. URLs come from
 * tenants, so without this they would lead into the operator's own network.
 */
export class AllowedAddresses {
  private readonly ranges: readonly Range[];

  /** @param ranges CIDR notation, or single addresses */
  constructor(ranges: readonly string[]) {
    this.ranges = ranges.map(parseRange);
  }

  /** @param text an IP address in any notation that a resolver or a URL may give; anything else is not allowed */
  allows(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    // `process` turns ::ffff:10.0.0.1 into 10.0.0.1, which is what the kernel would connect to.
    const address = ipaddr.process(text);
    return isPublic(address) || this.ranges.some((range) => contains(range, address));
  }
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast);
}

function contains([network, length]: Range, address: Address): boolean {
  return network.kind() === address.kind() && address.match(network, length);
}

function parseRange(text: string): Range {
  if (ipaddr.isValidCIDR(text)) return ipaddr.parseCIDR(text);
  if (ipaddr.isValid(text)) {
    const address = ipaddr.process(text);
    return [address, address.kind() === 'ipv4' ? 32 : 128];
  }
  throw new ConfigurationError(`HOOKLINE_OUTGOING_ALLOW is not usable: "${text}" is not a CIDR range`);
}
