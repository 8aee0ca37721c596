import { Injectable } from '@nestjs/common';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { Authentication, type Caller, type UserCaller } from '../auth/authentication.port.js';
import { ClientAddress } from './client-address.js';
import { RateLimits, type KnownCaller, type TellRate } from './rate-limits.js';

/** Somebody who was let in. */
interface Admitted<Kind extends KnownCaller> {
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
   * By the credentials of the native dialect.
   *
   * @param response gets the fields that say how the caller stands, also when it is refused
   * @throws HooklineError unauthenticated, token_expired, rate_limited
   */
  request(request: Incoming, response: ServerResponse): Promise<Admitted<Caller>> {
    const check = (): Promise<Caller> => this.authentication.ofHeader(request.headers.authorization);
    return this.requestBy(check, request, response);
  }

  /**
   * The same by other credentials.
   *
   * @param check says who is calling
   * @throws HooklineError rate_limited, and what the check throws; `unauthenticated` counts as a wrong try
   */
  async requestBy<Known extends KnownCaller>(
    check: () => Promise<Known>,
    request: Incoming,
    response: ServerResponse,
  ): Promise<Admitted<Known>> {
    const address = this.addresses.of(request);
    const tell = tellerOf(response);
    this.limits.request(address, tell);
    const caller = await this.limits.authenticated(address, check);
    this.limits.call(caller, tell);
    return { caller, address };
  }

  /** See `ClientAddress.origin`. */
  origin(request: Incoming): string {
    return this.addresses.origin(request);
  }

  /** Where no credentials are needed. @returns the client's address. @throws HooklineError rate_limited */
  anybody(request: Incoming, response: ServerResponse): string | null {
    const address = this.addresses.of(request);
    this.limits.request(address, tellerOf(response));
    return address;
  }

  /** @throws HooklineError unauthenticated, token_expired, rate_limited */
  socket(request: Incoming, token: string): Promise<Admitted<UserCaller>> {
    return this.socketBy(() => this.authentication.ofToken(token), request);
  }

  /** The same by other credentials. @throws HooklineError rate_limited, and what the check throws */
  async socketBy<Known extends KnownCaller>(
    check: () => Promise<Known>,
    request: Incoming,
  ): Promise<Admitted<Known>> {
    const address = this.addresses.of(request);
    this.limits.connection(address);
    return { caller: await this.limits.authenticated(address, check), address };
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

  /** A message for all users of an application, in whatever dialect. @throws HooklineError too_many_broadcasts */
  broadcast(applicationId: string): void {
    this.limits.broadcast(applicationId);
  }

  /** What somebody asks who was let in: a command of a socket, one of a batch. @throws HooklineError rate_limited */
  call(caller: KnownCaller): void {
    this.limits.call(caller);
  }
}

function tellerOf(response: ServerResponse): TellRate {
  return (policy, standing) => {
    response.appendHeader('RateLimit-Policy', policy);
    response.appendHeader('RateLimit', standing);
  };
}
