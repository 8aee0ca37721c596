import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import type { z } from 'zod';
import type { MessageContent } from '#contracts/message-content.js';
import type { MessageReceivedRequest, runMessageReceivedHooks } from '#contracts/hooks.js';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { applyAnswer, applyFailure, propose, type Delivery, type Verdict } from '#domain/hooks/verdict.js';
import { HookCaller } from '../caller/hook-caller.port.js';
import { HooksStore, type StoredHook } from '../store/hooks.store.js';

type Question = z.output<typeof runMessageReceivedHooks.question>;

/** Asks the application's `messageReceived` hooks, one after the other, what shall become of a message. */
@Injectable()
export class RunMessageReceived {
  constructor(
    private readonly hooks: HooksStore,
    private readonly caller: HookCaller,
  ) {}

  async run(question: Question): Promise<Verdict<MessageContent>> {
    const hooks = await this.hooks.enabled(question.applicationId, 'messageReceived');
    let verdict = propose({ content: question.event.content, recipients: question.recipients });
    // Of the budget, hooks are charged with the running time of their calls; our own delays and pauses are not theirs.
    let spent = 0;
    for (const hook of hooks) {
      if (verdict.kind !== 'deliver') break;
      const timeout = Math.floor(Math.min(hook.deadline, limits.hookBudget - spent));
      const result = await this.caller.askMessageReceived(hook, requestFor(question, hook, verdict), timeout);
      // A pause of ours must not let a message pass unmoderated.
      if (result.kind === 'failed' && result.failure === 'paused')
        throw new HooklineError('hook_engine_unavailable');
      spent += result.duration;
      verdict =
        result.kind === 'answered'
          ? applyAnswer(verdict, hook.id, result.answer)
          : applyFailure(verdict, hook.id, result.failure, policyOf(hook, question));
    }
    return verdict;
  }
}

function requestFor(
  { commandId, hookFailure: _hookFailure, event, ...common }: Question,
  hook: StoredHook,
  { content, recipients }: Delivery<MessageContent>,
): MessageReceivedRequest {
  return {
    ...common,
    // The same when the operation is repeated inside the platform, so that a hook can recognise it.
    id: uuidv5(commandId, hook.id),
    hook: 'messageReceived',
    event: { ...event, content },
    recipients: [...recipients],
  };
}

function policyOf({ failurePolicy }: StoredHook, { hookFailure }: Question): 'continue' | 'abort' {
  return failurePolicy === 'default' ? hookFailure : failurePolicy;
}
