import { Controller } from '@nestjs/common';
import { runHooks, type QuestionOf, type VerdictOf } from '#contracts/hooks/run.js';
import { Answers } from '#platform/bus/answers.js';
import {
  conversationAdd,
  conversationRemove,
  conversationStart,
  conversationUpdate,
} from '../blocking-hooks/conversation-hooks.port.js';
import { messageReceived, messageUpdate } from '../blocking-hooks/message-hooks.port.js';
import { receiversOffline } from '../blocking-hooks/receivers-offline.port.js';
import { RunHooks } from './run-hooks.js';

/** Where operations wait for the hooks of one name. */
@Controller()
export class RunHooksController {
  constructor(private readonly hooks: RunHooks) {}

  @Answers(runHooks.messageReceived)
  messageReceived(question: QuestionOf<'messageReceived'>): Promise<VerdictOf<'messageReceived'>> {
    return this.hooks.run(messageReceived, question);
  }

  @Answers(runHooks.messageUpdate)
  messageUpdate(question: QuestionOf<'messageUpdate'>): Promise<VerdictOf<'messageUpdate'>> {
    return this.hooks.run(messageUpdate, question);
  }

  @Answers(runHooks.receiversOffline)
  receiversOffline(question: QuestionOf<'receiversOffline'>): Promise<VerdictOf<'receiversOffline'>> {
    return this.hooks.run(receiversOffline, question);
  }

  @Answers(runHooks.conversationStart)
  conversationStart(question: QuestionOf<'conversationStart'>): Promise<VerdictOf<'conversationStart'>> {
    return this.hooks.run(conversationStart, question);
  }

  @Answers(runHooks.conversationAdd)
  conversationAdd(question: QuestionOf<'conversationAdd'>): Promise<VerdictOf<'conversationAdd'>> {
    return this.hooks.run(conversationAdd, question);
  }

  @Answers(runHooks.conversationRemove)
  conversationRemove(question: QuestionOf<'conversationRemove'>): Promise<VerdictOf<'conversationRemove'>> {
    return this.hooks.run(conversationRemove, question);
  }

  @Answers(runHooks.conversationUpdate)
  conversationUpdate(question: QuestionOf<'conversationUpdate'>): Promise<VerdictOf<'conversationUpdate'>> {
    return this.hooks.run(conversationUpdate, question);
  }
}
