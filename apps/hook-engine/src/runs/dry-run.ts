import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import { isBlocking, type BlockingHookName } from '#contracts/hooks/names.js';
import { hookRequests } from '#contracts/hooks/requests.js';
import type { dryRunHook } from '#contracts/hooks/runs.js';
import type { HookAnswer } from '#domain/hooks/verdict.js';
import type { AskedOfHooks, BlockingHook } from '../blocking-hooks/blocking-hook.port.js';
import {
  conversationAdd,
  conversationRemove,
  conversationStart,
  conversationUpdate,
} from '../blocking-hooks/conversation-hooks.port.js';
import { messageReceived, messageUpdate } from '../blocking-hooks/message-hooks.port.js';
import { receiversOffline } from '../blocking-hooks/receivers-offline.port.js';
import { HookCalls } from '../calls/hook-calls.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { answerValue } from './hook-runs.port.js';

type Read = (value: unknown, shown: unknown) => HookAnswer<object> | null;
type Question = z.output<typeof dryRunHook.question>;

const readers: Readonly<Record<BlockingHookName, Read>> = {
  messageReceived: readerOf(messageReceived),
  messageUpdate: readerOf(messageUpdate),
  receiversOffline: readerOf(receiversOffline),
  conversationStart: readerOf(conversationStart),
  conversationAdd: readerOf(conversationAdd),
  conversationRemove: readerOf(conversationRemove),
  conversationUpdate: readerOf(conversationUpdate),
};

/** Finds out what a hook would say, without anything coming of it. */
@Injectable()
export class DryRun {
  constructor(
    private readonly hooks: HooksStore,
    private readonly calls: HookCalls,
  ) {}

  /** Whether or not the hook is enabled. @throws HooklineError hook_not_found, invalid_request */
  async run({ applicationId, hookId, dryRun }: Question): Promise<z.output<typeof dryRunHook.answer>> {
    const hook = await this.hooks.findOf(applicationId, hookId);
    if (hook === null) throw new HooklineError('hook_not_found');
    const { name, deadline: timeout } = hook;
    const parsed = hookRequests[name].safeParse({
      timestamp: Date.now(),
      ...dryRun.request,
      ...{ id: uuidv7(), hook: name, applicationId },
    });
    if (!parsed.success) throw wrongRequest(parsed.error);
    const request = parsed.data;
    const result = isBlocking(name)
      ? await this.calls.ask(hook, request, {
          timeout,
          read: (value) => readers[name](value, request),
          isDryRun: true,
        })
      : await this.calls.tell(hook, request, { isDryRun: true });
    const { duration, exchange } = result;
    return {
      verdict: result.kind === 'failed' ? null : (result.answer?.kind ?? 'heard'),
      failure: result.kind === 'failed' ? result.failure : null,
      status: exchange?.status ?? null,
      duration,
      answer: exchange?.heard ? answerValue(exchange.heard) : null,
    };
  }
}

function wrongRequest(error: z.ZodError): HooklineError {
  const { detail, details } = invalidRequest(error);
  const errors = details.errors?.map((one) => ({ ...one, pointer: `/request${one.pointer}` })) ?? [];
  return new HooklineError('invalid_request', `/request${detail}`, { errors });
}

function readerOf<Asked extends AskedOfHooks, Answer, Proposal extends object>(
  definition: BlockingHook<Asked, Answer, Proposal>,
): Read {
  return (value, shown) => {
    const answer = definition.answer.safeParse(value);
    // The request was read by the schema of this very hook.
    return answer.success ? definition.read(answer.data, shown as Asked) : null;
  };
}
