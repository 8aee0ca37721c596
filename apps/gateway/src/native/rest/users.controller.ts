import { Controller, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { operations } from '#contracts/rest/operations.js';
import { issueToken } from '#contracts/tokens.js';
import { createUser, deleteUser, getUser, listUsers, updateUser } from '#contracts/users.js';
import { Bus } from '#platform/bus/bus.js';
import { Authentication } from '../../auth/authentication.port.js';
import { UserExports } from '../../user-exports/user-exports.port.js';
import { requireOwn } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';

/** Users and their tokens. */
@Controller()
export class UsersController {
  constructor(
    private readonly bus: Bus,
    private readonly authentication: Authentication,
    private readonly exports: UserExports,
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
    const { applicationId } = caller;
    return this.bus.ask(listUsers, { applicationId, order: 'ascending', cursor, limit });
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

  @Operates(operations.exportUser)
  async export(
    @FromRequest() { caller, parameters }: Requested<typeof operations.exportUser>,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    requireOwn(caller, parameters.userId);
    const { applicationId } = caller;
    await this.exports.send({ applicationId, ...parameters }, { request, response });
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
