import { Controller } from '@nestjs/common';
import { HooklineError } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import { issueToken } from '#contracts/tokens.js';
import { createUser, deleteUser, getUser, listUsers, updateUser } from '#contracts/users.js';
import { Bus } from '#platform/bus/bus.js';
import { Authentication } from '../../auth/authentication.port.js';
import type { ApplicationCaller } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

/** Users and their tokens. */
@Controller()
export class UsersController {
  constructor(
    private readonly bus: Bus,
    private readonly authentication: Authentication,
  ) {}

  @Operates(operations.createUser)
  create(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createUser>,
  ): Promise<unknown> {
    return this.bus.ask(createUser, {
      applicationId: caller.applicationId,
      request: idempotency,
      user: body,
    });
  }

  @Operates(operations.listUsers)
  list(@FromRequest() { caller, query }: Requested<typeof operations.listUsers>): Promise<unknown> {
    const { cursor = null, limit } = query;
    return this.bus.ask(listUsers, { applicationId: caller.applicationId, cursor, limit });
  }

  @Operates(operations.getUser)
  async get(@FromRequest() { caller, parameters }: Requested<typeof operations.getUser>): Promise<unknown> {
    requireOwn(caller, parameters.userId);
    return this.bus.ask(getUser, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.updateUser)
  async update(
    @FromRequest() { caller, parameters, body, idempotency }: Requested<typeof operations.updateUser>,
  ): Promise<unknown> {
    requireOwn(caller, parameters.userId);
    const { applicationId } = caller;
    return this.bus.ask(updateUser, { applicationId, ...parameters, request: idempotency, change: body });
  }

  @Operates(operations.deleteUser)
  async delete(
    @FromRequest() { caller, parameters, query, idempotency }: Requested<typeof operations.deleteUser>,
  ): Promise<void> {
    const { applicationId } = caller;
    await this.bus.ask(deleteUser, { applicationId, ...parameters, ...query, request: idempotency });
  }

  @Operates(operations.createToken)
  async createToken(
    @FromRequest() { caller, parameters, body }: Requested<typeof operations.createToken>,
  ): Promise<{ token: string; expiresAt: number }> {
    const user = { applicationId: caller.applicationId, ...parameters };
    const { issuedAt } = await this.bus.ask(issueToken, user);
    return this.authentication.mint({ ...user, issuedAt }, body.expiresIn);
  }
}

/**
 * Users are told of themselves alone; the answer is the same whether another one exists or not.
 *
 * @throws HooklineError forbidden
 */
function requireOwn(caller: ApplicationCaller, userId: string): void {
  if (caller.kind === 'user' && caller.userId !== userId)
    throw new HooklineError('forbidden', 'The profile of another user takes the master key');
}
