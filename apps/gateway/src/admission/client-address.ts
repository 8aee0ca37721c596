import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { addressOf, AddressRanges } from '#platform/security/address-ranges.js';
import { GatewayConfiguration } from '../gateway.config.js';

/** Where requests come from. What a client says of itself counts only through proxies that the operator trusts. */
@Injectable()
export class ClientAddress {
  private readonly proxies: AddressRanges;

  private readonly publicUrl: string | null;

  constructor({ trustedProxies, publicUrl }: GatewayConfiguration) {
    this.publicUrl = publicUrl;
    this.proxies = new AddressRanges(trustedProxies, 'HOOKLINE_TRUSTED_PROXIES');
  }

  /** The last address that nobody but trusted proxies vouches for; null when the connection is gone already. */
  of({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string | null {
    let address = addressOf(socket.remoteAddress ?? '');
    const forwarded = [headers['x-forwarded-for'] ?? []].flat().join(',').split(',');
    // Each proxy appends whom it has heard: from the end, as far as proxies are trusted.
    while (address !== null && this.proxies.has(address)) {
      const before = addressOf(forwarded.pop()?.trim() ?? '');
      if (before === null) break;
      address = before;
    }
    return address?.toString() ?? null;
  }

  /**
   * Scheme and host for links: the installation's, where it has been told; else those by which the client has come, as a trusted
   * proxy says them, or the request itself, which may say any.
   */
  origin({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): string {
    if (this.publicUrl !== null) return this.publicUrl;
    const peer = addressOf(socket.remoteAddress ?? '');
    const isProxied = peer !== null && this.proxies.has(peer);
    const said = (name: string): string =>
      isProxied ? ([headers[name] ?? []].flat().join(',').split(',')[0] ?? '').trim() : '';
    const scheme = said('x-forwarded-proto') === 'https' ? 'https' : 'http';
    const host = [said('x-forwarded-host'), headers.host].find((name) => name !== undefined && name !== '');
    return `${scheme}://${host ?? 'localhost'}`;
  }
}
