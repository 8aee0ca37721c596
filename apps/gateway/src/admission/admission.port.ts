import { Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { Authentication, type Caller, type UserCaller } from '../auth/authentication.port.js';
import { ClientAddress } from './client-address.js';
import { RateLimits, type TellRate } from './rate-limits.js';

/** Somebody who was let in. */
interface Admitted<Kind extends Caller> {
  readonly caller: Kind;
  /** Of the client; null when its connection is gone already. */
  readonly address: string | null;
}

type Incoming = Pick<IncomingMessage, 'socket' | 'headers'>;

/** The way in: who is calling, from where, and whether it is not too often. */
@Injectable()
export class Admission {
  /** How many sockets each user has here. */
  private readonly sockets = new Map<string, number>();

  constructor(
    private readonly authentication: Authentication,
    private readonly addresses: ClientAddress,
    private readonly limits: RateLimits,
  ) {}

  /**
   * @param response gets the fields that say how the caller stands, also when it is refused
   * @throws HooklineError unauthenticated, token_expired, rate_limited
   */
  async request(request: Incoming, response: ServerResponse): Promise<Admitted<Caller>> {
    const address = this.addresses.of(request);
    const tell = tellerOf(response);
    this.limits.request(address, tell);
    const caller = await this.limits.authenticated(address, () =>
      this.authentication.ofHeader(request.headers.authorization),
    );
    this.limits.call(caller, tell);
    return { caller, address };
  }

  /** Where no credentials are needed. @returns the client's address. @throws HooklineError rate_limited */
  anybody(request: Incoming, response: ServerResponse): string | null {
    const address = this.addresses.of(request);
    this.limits.request(address, tellerOf(response));
    return address;
  }

  /** @throws HooklineError unauthenticated, token_expired, rate_limited */
  async socket(request: Incoming, token: string): Promise<Admitted<UserCaller>> {
    const address = this.addresses.of(request);
    this.limits.connection(address);
    const caller = await this.limits.authenticated(address, () => this.authentication.ofToken(token));
    return { caller, address };
  }

  /** Counts a connected socket until `left` is called. @returns why it may not stay */
  entered({ applicationId, userId }: UserCaller): HooklineError | null {
    const key = `${applicationId}:${userId}`;
    const count = (this.sockets.get(key) ?? 0) + 1;
    this.sockets.set(key, count);
    return count > limits.connectionsPerUser ? new HooklineError('too_many_connections') : null;
  }

  left({ applicationId, userId }: UserCaller): void {
    const key = `${applicationId}:${userId}`;
    const count = (this.sockets.get(key) ?? 0) - 1;
    if (count > 0) this.sockets.set(key, count);
    else this.sockets.delete(key);
  }

  /** A command of a socket that was let in. @throws HooklineError rate_limited */
  command(caller: UserCaller): void {
    this.limits.call(caller);
  }
}

function tellerOf(response: ServerResponse): TellRate {
  return (policy, standing) => {
    response.appendHeader('RateLimit-Policy', policy);
    response.appendHeader('RateLimit', standing);
  };
}
