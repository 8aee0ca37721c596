import { Injectable } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { subscriberOf } from '#platform/security/address-ranges.js';
import { TokenBuckets, type Rate } from '#platform/rate-limiting/token-buckets.js';
import type { Caller } from '../auth/authentication.port.js';
import { GatewayConfiguration } from '../gateway.config.js';

/** Somebody who is known, by whatever credentials. */
export type KnownCaller = Caller | { readonly kind: 'application'; readonly applicationId: string };

/** What is limited. */
export type RateName = keyof GatewayConfiguration['rates'];

/** Told of each limit that a request counts for: the fields RateLimit-Policy and RateLimit, as docs/limits.md has them. */
export type TellRate = (policy: string, standing: string) => void;

/**
 * How often who may ask for what, at this gateway: other gateways count by themselves, so that a client that spreads
 * over n of them gets n times as much. Numbers are in the configuration.
 */
@Injectable()
export class RateLimits {
  private readonly buckets: Readonly<Record<RateName, TokenBuckets>>;
  private readonly rates: GatewayConfiguration['rates'];

  constructor({ rates }: GatewayConfiguration) {
    this.rates = rates;
    this.buckets = {
      address: new TokenBuckets(rates.address),
      connections: new TokenBuckets(rates.connections),
      user: new TokenBuckets(rates.user),
      application: new TokenBuckets(rates.application),
      failures: new TokenBuckets(rates.failures),
      broadcasts: new TokenBuckets(rates.broadcasts),
    };
  }

  /** A REST request. @throws HooklineError rate_limited */
  request(address: string | null, tell: TellRate): void {
    this.take('address', subscriberOf(address), 'Too many requests from this address', tell);
  }

  /** A socket's attempt to connect. @throws HooklineError rate_limited */
  connection(address: string | null): void {
    this.take('connections', subscriberOf(address), 'Too many connections from this address');
  }

  /** A request or command of somebody who is known. @throws HooklineError rate_limited */
  call(caller: KnownCaller, tell?: TellRate): void {
    if (caller.kind === 'installation') return;
    if (caller.kind === 'user')
      this.take('user', `${caller.applicationId}:${caller.userId}`, 'Too many requests of this user', tell);
    this.take('application', caller.applicationId, 'Too many requests of this application', tell);
  }

  /** A message for all users of an application. @throws HooklineError too_many_broadcasts */
  broadcast(applicationId: string): void {
    const wait = this.buckets.broadcasts.take(applicationId, performance.now());
    if (wait > 0) throw new HooklineError('too_many_broadcasts', undefined, { retryAfter: wait });
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

  private take(name: RateName, key: string, detail: string, tell?: TellRate): void {
    const now = performance.now();
    const wait = this.buckets[name].take(key, now);
    if (tell !== undefined) this.tell(name, key, now, tell);
    if (wait > 0) throw tooMany(detail, wait);
  }

  private tell(name: RateName, key: string, now: number, tell: TellRate): void {
    const rate: Rate = this.rates[name];
    const standing = this.buckets[name].standing(key, now);
    if (rate === null || standing === null) return;
    const { remaining, fullIn } = standing;
    const window = Math.ceil(rate.burst / rate.perSecond);
    tell(
      `"${name}";q=${String(rate.burst)};w=${String(window)}`,
      `"${name}";r=${String(remaining)};t=${String(Math.ceil(fullIn / 1_000))}`,
    );
  }
}

function tooMany(detail: string, retryAfter: number): HooklineError {
  return new HooklineError('rate_limited', detail, { retryAfter });
}
