import { Injectable } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { HooklineError } from '#contracts/errors.js';
import type { HookRequest } from '#contracts/hooks/requests.js';
import { limits } from '#contracts/limits.js';
import { concerns } from '#domain/hooks/concern.js';
import { applyAnswer, applyFailure, propose, type HookAnswer, type Verdict } from '#domain/hooks/verdict.js';
import { Log } from '#platform/log.js';
import { isOwnFailure } from '#platform/outgoing/outgoing-failure.js';
import type { AskedOfHooks, BlockingHook } from '../blocking-hooks/blocking-hook.port.js';
import type { Called } from '../calls/hook-guard.port.js';
import { HookCalls } from '../calls/hook-calls.port.js';
import { KnownHooks } from '../registry/known-hooks.port.js';
import type { StoredHook } from '../store/hooks.store.js';

interface Question<Asked> {
  readonly commandId: string;
  readonly hookFailure: 'continue' | 'abort';
  readonly registryVersion?: number | undefined;
  readonly request: Asked;
}

/** Asks an application's hooks of one name, one after the other, what shall become of an operation. */
@Injectable()
export class RunHooks {
  constructor(
    private readonly hooks: KnownHooks,
    private readonly calls: HookCalls,
    private readonly log: Log,
  ) {}

  /** @throws HooklineError hook_engine_unavailable when a call failed on our side: this process stood still, or had no socket */
  async run<Asked extends AskedOfHooks, Answer, Proposal extends object>(
    definition: BlockingHook<Asked, Answer, Proposal>,
    { commandId, hookFailure, registryVersion, request: asked }: Question<Asked>,
  ): Promise<Verdict<Proposal>> {
    const { applicationId, conversation } = asked;
    const hooks = await this.hooks.of(applicationId, definition.name, registryVersion ?? null);
    let verdict = propose(definition.propose(asked));
    // Of the budget, hooks are charged with the running time of their calls; our own delays and pauses are not theirs.
    let spent = 0;
    for (const hook of hooks) {
      if (verdict.kind !== 'deliver') break;
      if (!concerns(hook, conversation)) continue;
      const shown = definition.show(asked, verdict.proposal);
      const timeout = Math.floor(Math.min(hook.deadline, limits.hookBudget - spent));
      const call = { hook, shown, commandId };
      if (hook.mode === 'shadow') {
        // Nobody waits for it, and it uses up nothing of the budget.
        void this.ask(definition, call, hook.deadline).catch((error: unknown) => {
          this.log.error({ error, hookId: hook.id }, 'a shadow hook could not be called');
        });
        continue;
      }
      const result = await this.ask(definition, call, timeout);
      // What fails on our side must not let anything pass unmoderated.
      if (result.kind === 'failed' && isOwnFailure(result.failure))
        throw new HooklineError('hook_engine_unavailable');
      spent += result.duration;
      verdict =
        result.kind === 'answered'
          ? applyAnswer(verdict, hook.id, result.answer)
          : applyFailure(verdict, hook.id, result.failure, policyOf(hook, hookFailure));
    }
    return verdict;
  }

  private ask<Asked extends AskedOfHooks, Answer, Proposal extends object>(
    definition: BlockingHook<Asked, Answer, Proposal>,
    { hook, shown, commandId }: { hook: StoredHook; shown: Asked; commandId: string },
    timeout: number,
  ): Promise<Called<HookAnswer<Proposal>>> {
    return this.calls.ask(hook, requestOf(definition, shown, commandId, hook), {
      timeout,
      read: (value) => {
        const answer = definition.answer.safeParse(value);
        return answer.success ? definition.read(answer.data, shown) : null;
      },
    });
  }
}

/** The id is the same when the operation is repeated inside the platform, so that a hook can recognise it. */
function requestOf<Asked extends AskedOfHooks>(
  { name }: { readonly name: HookRequest['hook'] },
  shown: Asked,
  commandId: string,
  hook: StoredHook,
): Asked & { readonly id: string; readonly hook: HookRequest['hook'] } {
  return { ...shown, id: uuidv5(commandId, hook.id), hook: name };
}

function policyOf({ failurePolicy }: StoredHook, hookFailure: 'continue' | 'abort'): 'continue' | 'abort' {
  return failurePolicy === 'default' ? hookFailure : failurePolicy;
}
