import { Controller } from '@nestjs/common';
import { changeRole, muteConversation, silenceMember, transferOwnership } from '#contracts/members.js';
import { operations } from '#contracts/rest/operations.js';
import { Bus } from '#platform/bus/bus.js';
import { FromRequest, Operates, type Requested } from './operates.js';
import { changeBy } from './questions.js';

type Answered = Promise<unknown>;

/** What somebody is and may do who is in a conversation. */
@Controller()
export class MembershipController {
  constructor(private readonly bus: Bus) {}

  @Operates(operations.updateMember)
  update(@FromRequest() request: Requested<typeof operations.updateMember>): Answered {
    return this.bus.ask(changeRole, { ...changeBy(request), ...request.body });
  }

  @Operates(operations.transferOwnership)
  transfer(@FromRequest() request: Requested<typeof operations.transferOwnership>): Answered {
    return this.bus.ask(transferOwnership, { ...changeBy(request), ...request.body });
  }

  @Operates(operations.silenceMember)
  silence(@FromRequest() request: Requested<typeof operations.silenceMember>): Answered {
    return this.bus.ask(silenceMember, { ...changeBy(request), silenced: request.body });
  }

  @Operates(operations.liftSilence)
  async liftSilence(@FromRequest() request: Requested<typeof operations.liftSilence>): Promise<void> {
    await this.bus.ask(silenceMember, { ...changeBy(request), silenced: null });
  }

  @Operates(operations.muteConversation)
  mute(@FromRequest() request: Requested<typeof operations.muteConversation>): Answered {
    return this.bus.ask(muteConversation, { ...changeBy(request), muted: true });
  }

  @Operates(operations.unmuteConversation)
  unmute(@FromRequest() request: Requested<typeof operations.unmuteConversation>): Answered {
    return this.bus.ask(muteConversation, { ...changeBy(request), muted: false });
  }
}
