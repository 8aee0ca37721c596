import { Controller } from '@nestjs/common';
import { operations } from '#contracts/rest/operations.js';
import { createUser, getUser } from '#contracts/users.js';
import { Bus } from '#platform/bus/bus.js';
import { Authentication } from '../../auth/authentication.port.js';
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

  @Operates(operations.getUser)
  get(@FromRequest() { caller, parameters }: Requested<typeof operations.getUser>): Promise<unknown> {
    return this.bus.ask(getUser, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.createToken)
  async createToken(
    @FromRequest() { caller, parameters, body }: Requested<typeof operations.createToken>,
  ): Promise<{ token: string; expiresAt: number }> {
    const { id } = await this.bus.ask(getUser, { applicationId: caller.applicationId, ...parameters });
    return this.authentication.mint(caller.applicationId, id, body.expiresIn);
  }
}
