import { Controller } from '@nestjs/common';
import { sendEvent, type SendCommand, type SendOutcome } from '#contracts/conversation.js';
import { Answers } from '#platform/bus/answers.js';
import { ApplicationsStore } from '../store/applications.store.js';
import { HooklineError } from '#contracts/errors.js';
import { SendEvent } from './send-event.js';

@Controller()
export class SendEventController {
  constructor(
    private readonly sending: SendEvent,
    private readonly applications: ApplicationsStore,
  ) {}

  @Answers(sendEvent)
  async send(command: SendCommand): Promise<SendOutcome> {
    // A member exists; only the master key can name a sender who does not.
    if (
      command.asMaster &&
      (await this.applications.findUser(command.applicationId, command.senderId)) === null
    ) {
      throw new HooklineError('user_not_found');
    }
    return this.sending.send(command);
  }
}
