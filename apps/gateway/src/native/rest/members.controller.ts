import { Controller } from '@nestjs/common';
import { addMembers, removeMember } from '#contracts/members.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';

/** Who is in a conversation, and as what. */
@Controller()
export class MembersController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.addMembers)
  add(
    @FromRequest() { caller, parameters, body, idempotency }: Requested<typeof operations.addMembers>,
  ): Promise<unknown> {
    const { applicationId } = caller;
    return this.bus.ask(addMembers, { applicationId, ...parameters, ...body, request: idempotency });
  }

  @Operates(operations.removeMember)
  async remove(
    @FromRequest() { caller, parameters }: Requested<typeof operations.removeMember>,
  ): Promise<void> {
    await this.bus.ask(removeMember, { applicationId: caller.applicationId, ...parameters });
  }
}
