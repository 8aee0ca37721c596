import { Controller } from '@nestjs/common';
import {
  blockInConversation,
  blockUser,
  getUserBlock,
  listConversationBlocks,
  listUserBlocks,
  unblockInConversation,
  unblockUser,
} from '#contracts/blocks.js';
import { HooklineError } from '#contracts/errors.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import type { ApplicationCaller } from './callers.js';
import { FromRequest, Operates, type Requested } from './operates.js';
import { changeBy, readBy } from './questions.js';

type Answered = Promise<unknown>;

/** Who wants nothing to do with whom. */
@Controller()
export class BlocksController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.blockInConversation)
  blockIn(@FromRequest() request: Requested<typeof operations.blockInConversation>): Answered {
    return this.bus.ask(blockInConversation, { ...changeBy(request), ...request.body });
  }

  @Operates(operations.unblockInConversation)
  async unblockIn(@FromRequest() request: Requested<typeof operations.unblockInConversation>): Promise<void> {
    await this.bus.ask(unblockInConversation, changeBy(request));
  }

  @Operates(operations.listConversationBlocks)
  listIn(@FromRequest() request: Requested<typeof operations.listConversationBlocks>): Answered {
    const { cursor = null, limit } = request.query;
    return this.bus.ask(listConversationBlocks, { ...readBy(request), cursor, limit });
  }

  @Operates(operations.blockUser)
  async block(@FromRequest() request: Requested<typeof operations.blockUser>): Answered {
    return this.bus.ask(blockUser, { ...ownBlocks(request), request: request.idempotency });
  }

  @Operates(operations.unblockUser)
  async unblock(@FromRequest() request: Requested<typeof operations.unblockUser>): Promise<void> {
    await this.bus.ask(unblockUser, { ...ownBlocks(request), request: request.idempotency });
  }

  @Operates(operations.getUserBlock)
  async get(@FromRequest() request: Requested<typeof operations.getUserBlock>): Answered {
    return this.bus.ask(getUserBlock, ownBlocks(request));
  }

  @Operates(operations.listUserBlocks)
  async list(@FromRequest() request: Requested<typeof operations.listUserBlocks>): Answered {
    const { cursor = null, limit } = request.query;
    return this.bus.ask(listUserBlocks, { ...ownBlocks(request), cursor, limit });
  }
}

/** @throws HooklineError forbidden for a user's token with another user's blocks */
function ownBlocks<Parameters extends { readonly userId: string }>({
  caller,
  parameters,
}: {
  readonly caller: ApplicationCaller;
  readonly parameters: Parameters;
}): Parameters & { readonly applicationId: string } {
  if (caller.kind === 'user' && caller.userId !== parameters.userId)
    throw new HooklineError('forbidden', "These are another user's blocks");
  return { ...parameters, applicationId: caller.applicationId };
}
