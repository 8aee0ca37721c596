import { Controller } from '@nestjs/common';
import {
  addMembers,
  countMembers,
  getMember,
  inviteMembers,
  joinConversation,
  leaveConversation,
  listInvitations,
  listMembers,
  removeMember,
} from '#contracts/members.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { namedUser } from './callers.js';
import { changeBy, readBy } from './questions.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** Who is in a conversation: members come and go. */
@Controller()
export class MembersController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.inviteMembers)
  invite(@FromRequest() request: Requested<typeof operations.inviteMembers>): Answered {
    return this.bus.ask(inviteMembers, { ...changeBy(request), ...request.body });
  }

  @Operates(operations.listInvitations)
  invitations(@FromRequest() { caller, query }: Requested<typeof operations.listInvitations>): Answered {
    const { cursor = null, limit } = query;
    const userId = namedUser(caller, query.userId, '/query/userId');
    return this.bus.ask(listInvitations, { applicationId: caller.applicationId, userId, cursor, limit });
  }

  @Operates(operations.joinConversation)
  join(@FromRequest() request: Requested<typeof operations.joinConversation>): Answered {
    return this.bus.ask(joinConversation, { ...changeBy(request), userId: request.caller.userId });
  }

  @Operates(operations.leaveConversation)
  async leave(@FromRequest() request: Requested<typeof operations.leaveConversation>): Promise<void> {
    await this.bus.ask(leaveConversation, { ...changeBy(request), userId: request.caller.userId });
  }

  @Operates(operations.listMembers)
  list(@FromRequest() request: Requested<typeof operations.listMembers>): Answered {
    const { cursor = null, limit, state = null, role = null } = request.query;
    return this.bus.ask(listMembers, { ...readBy(request), state, role, cursor, limit });
  }

  @Operates(operations.countMembers)
  count(@FromRequest() { caller, parameters }: Requested<typeof operations.countMembers>): Answered {
    return this.bus.ask(countMembers, { ...parameters, applicationId: caller.applicationId });
  }

  @Operates(operations.getMember)
  get(@FromRequest() request: Requested<typeof operations.getMember>): Answered {
    return this.bus.ask(getMember, readBy(request));
  }

  @Operates(operations.addMembers)
  add(@FromRequest() request: Requested<typeof operations.addMembers>): Answered {
    return this.bus.ask(addMembers, { ...changeBy(request), ...request.body, skipPresent: false });
  }

  @Operates(operations.removeMember)
  async remove(@FromRequest() request: Requested<typeof operations.removeMember>): Promise<void> {
    await this.bus.ask(removeMember, changeBy(request));
  }
}
