import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { hookRequests } from '#contracts/hooks/requests.js';
import type { Job, JobOutcome } from '#platform/durable/job-worker.js';
import { HookCalls } from '../calls/hook-calls.port.js';
import { HooksStore } from '../store/hooks.store.js';
import { callOutcome } from './call-outcome.js';
import { MessageSent, pendingMessageSent } from './message-sent.js';

/** One call to come: whole, or still without what is found out just before it. */
const pendingCall = z.union([
  pendingMessageSent,
  z.object({
    request: z.discriminatedUnion('hook', [
      hookRequests.conversationStarted,
      hookRequests.conversationAdded,
      hookRequests.conversationRemoved,
      hookRequests.clientOnline,
      hookRequests.clientOffline,
    ]),
  }),
]);

/** How long (ms) a call waits when nobody can tell who is online. */
const presenceInterval = 2_000;

/** Calls after-hooks: each of them about everything of a lane, in order, at least once. */
@Injectable()
export class AfterHookCalls {
  constructor(
    private readonly hooks: HooksStore,
    private readonly calls: HookCalls,
    private readonly messageSent: MessageSent,
  ) {}

  async run({ target, payload }: Job): Promise<JobOutcome> {
    const hook = await this.hooks.find(target);
    // Deleted or disabled meanwhile: nobody wants to hear it.
    if (hook?.enabled !== true) return { kind: 'done' };
    const call = pendingCall.parse(JSON.parse(payload));
    const request = 'recipients' in call ? await this.messageSent.complete(call) : call.request;
    // Our own fault: it uses up none of the attempts that the hook's server has.
    if (request === null)
      return { kind: 'postponed', error: 'presence_unavailable', delay: presenceInterval };
    return callOutcome(hook, await this.calls.tell(hook, request));
  }
}
