import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { subscriberOf } from '#platform/security/address-ranges.js';
import { TokenBuckets } from '#platform/rate-limiting/token-buckets.js';
import type { Caller } from '../auth/authentication.port.js';
import { GatewayConfiguration } from '../gateway.config.js';

/** What is limited. */
export type RateName = keyof GatewayConfiguration['rates'];

/**
 * How often who may ask for what, at this gateway: other gateways count by themselves, so that a client that spreads
 * over n of them gets n times as much. Numbers are in the configuration.
 */
@Injectable()
export class RateLimits {
  private readonly buckets: Readonly<Record<RateName, TokenBuckets>>;

  constructor({ rates }: GatewayConfiguration) {
    this.buckets = {
      address: new TokenBuckets(rates.address),
      connections: new TokenBuckets(rates.connections),
      user: new TokenBuckets(rates.user),
      application: new TokenBuckets(rates.application),
      failures: new TokenBuckets(rates.failures),
    };
  }

  /** A REST request. @throws HooklineError rate_limited */
  request(address: string | null): void {
    this.take('address', subscriberOf(address), 'Too many requests from this address');
  }

  /** A socket's attempt to connect. @throws HooklineError rate_limited */
  connection(address: string | null): void {
    this.take('connections', subscriberOf(address), 'Too many connections from this address');
  }

  /** A request or command of somebody who is known. @throws HooklineError rate_limited */
  call(caller: Caller): void {
    if (caller.kind === 'installation') return;
    if (caller.kind === 'user')
      this.take('user', `${caller.applicationId}:${caller.userId}`, 'Too many requests of this user');
    this.take('application', caller.applicationId, 'Too many requests of this application');
  }

  /**
   * Checks credentials, unless too many from this address were wrong: keys must not be found by trying.
   *
   * @throws HooklineError rate_limited, and what the check throws
   */
  async authenticated<Known>(address: string | null, check: () => Promise<Known>): Promise<Known> {
    const subscriber = subscriberOf(address);
    const wait = this.buckets.failures.wait(subscriber, performance.now());
    if (wait > 0) throw tooMany('Too many wrong credentials from this address', wait);
    try {
      return await check();
    } catch (error) {
      if (error instanceof HooklineError && error.code === 'unauthenticated')
        this.buckets.failures.take(subscriber, performance.now());
      throw error;
    }
  }

  private take(name: RateName, key: string, detail: string): void {
    const wait = this.buckets[name].take(key, performance.now());
    if (wait > 0) throw tooMany(detail, wait);
  }
}

function tooMany(detail: string, retryAfter: number): HooklineError {
  return new HooklineError('rate_limited', detail, { retryAfter });
}
