import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import type { z } from 'zod';
import type { MessageContent } from '#contracts/event.js';
import type { MessageReceivedRequest, runMessageReceivedHooks } from '#contracts/hooks.js';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { applyAnswer, applyFailure, propose, type Delivery, type Verdict } from '#domain/hooks/verdict.js';
import { HookCaller } from '../caller/hook-caller.port.js';
import { HooksStore, type StoredHook } from '../store/hooks.store.js';

type Question = z.output<typeof runMessageReceivedHooks.question>;

/** How late a busy process may notice a time-out (ms). */
const pauseTolerance = 500;

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
    // Of the budget, hooks are charged with the time of their calls; our own delays are not theirs.
    let spent = 0;
    for (const hook of hooks) {
      if (verdict.kind !== 'deliver') break;
      const timeout = Math.floor(Math.min(hook.deadline, limits.hookBudget - spent));
      const asked = performance.now();
      const result = await this.caller.askMessageReceived(hook, requestFor(question, hook, verdict), timeout);
      const duration = performance.now() - asked;
      if (result.kind === 'failed' && wasPaused(result.failure, duration, timeout)) {
        throw new HooklineError('hook_engine_unavailable');
      }
      spent += duration;
      verdict =
        result.kind === 'answered'
          ? applyAnswer(verdict, hook.id, result.answer)
          : applyFailure(verdict, hook.id, result.failure, policyOf(hook, question));
    }
    return verdict;
  }
}

/**
 * A time-out that was noticed far too late: this process was paused, and the hook's answer may have lain unread. That is
 * our failure, not the hook's, and must not let a message pass unmoderated.
 */
function wasPaused(failure: string, duration: number, timeout: number): boolean {
  return failure === 'timeout' && duration > Math.max(timeout, 0) + pauseTolerance;
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
