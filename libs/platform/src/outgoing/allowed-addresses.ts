import ipaddr from 'ipaddr.js';
import { addressOf, AddressRanges, type Address } from '../security/address-ranges.js';

/** What IANA has given out for global unicast; the rest of IPv6 is special or nobody's. */
const globalUnicast = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Which addresses outgoing requests may reach: public ones, and what the operator allows besides. URLs come from
 * tenants, so without this they would lead into the operator's own network.
 */
export class AllowedAddresses {
  private readonly ranges: AddressRanges;

  /** @param ranges CIDR notation, or single addresses */
  constructor(ranges: readonly string[]) {
    this.ranges = new AddressRanges(ranges, 'HOOKLINE_OUTGOING_ALLOW');
  }

  /** @param text an IP address in any notation that a resolver or a URL may give; anything else is not allowed */
  allows(text: string): boolean {
    // Read as what the kernel would connect to.
    const address = addressOf(text);
    return address !== null && (isPublic(address) || this.ranges.has(address));
  }
}

function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  return address instanceof ipaddr.IPv4 || address.match(globalUnicast);
}
