import { z } from 'zod';
import { call } from '../call.js';
import { conversationPatch } from '../conversations.js';
import { userId } from '../identifiers.js';
import { limits } from '../limits.js';
import { messageContent, shownContent } from '../message-content.js';
import { pushPayload } from './answers.js';
import type { BlockingHookName } from './names.js';
import { hookRequests } from './requests.js';

/** What the hooks of an operation have decided together. `proposal` is what became of what was asked. */
function verdictOf<Proposal extends z.ZodType>(proposal: Proposal) {
  return z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('deliver'),
      proposal,
      /** Hooks that changed something, in order. */
      hookIds: z.array(z.uuid()).readonly(),
    }),
    z.object({ kind: z.literal('drop'), hookId: z.uuid() }),
    z.object({ kind: z.literal('reject'), hookId: z.uuid(), code: z.int(), detail: z.string() }),
    z.object({ kind: z.literal('abort'), hookId: z.uuid(), failure: z.string() }),
  ]);
}

/** Asks hook-engine to run an application's hooks of one name in order. */
function run<Request extends z.ZodObject, Proposal extends z.ZodType>(
  name: BlockingHookName,
  request: Request,
  proposal: Proposal,
) {
  return call(
    `hooks.run.${name}`,
    z.object({
      /** Identifies the operation; every hook call's id is made from it. */
      commandId: z.uuid(),
      hookFailure: z.enum(['continue', 'abort']),
      /** Of the hook registry, that the asker goes by; absent when it cannot say, which costs a statement. */
      registryVersion: z.int().optional(),
      request,
    }),
    verdictOf(proposal),
    limits.hookBudget + 2_000,
  );
}

/** What one hook is not told by the asker: hook-engine knows. */
const byEngine = { id: true, hook: true } as const;
const recipients = z.array(userId);
const nothing = z.object({});

/** By the name of the hook: its request without what hook-engine adds, and what can become of it. */
export const runHooks = {
  messageReceived: run(
    'messageReceived',
    hookRequests.messageReceived.omit(byEngine),
    z.object({ content: messageContent, recipients }),
  ),
  messageUpdate: run(
    'messageUpdate',
    hookRequests.messageUpdate.omit(byEngine),
    z.object({ content: shownContent, recipients }),
  ),
  receiversOffline: run(
    'receiversOffline',
    hookRequests.receiversOffline.omit(byEngine),
    z.object({ recipients, push: pushPayload.nullable(), force: z.boolean() }),
  ),
  conversationStart: run('conversationStart', hookRequests.conversationStart.omit(byEngine), nothing),
  conversationAdd: run('conversationAdd', hookRequests.conversationAdd.omit(byEngine), nothing),
  conversationRemove: run('conversationRemove', hookRequests.conversationRemove.omit(byEngine), nothing),
  conversationUpdate: run(
    'conversationUpdate',
    hookRequests.conversationUpdate.omit(byEngine),
    z.object({ changes: conversationPatch.optional(), muted: z.boolean().optional() }),
  ),
} as const;
type Runs = typeof runHooks;

/** What is asked of hook-engine, its answer, and what may become of the operation, by the name of the hook. */
export type QuestionOf<Name extends BlockingHookName> = z.output<Runs[Name]['question']>;
export type VerdictOf<Name extends BlockingHookName> = z.output<Runs[Name]['answer']>;
export type ProposalOf<Name extends BlockingHookName> = Extract<
  VerdictOf<Name>,
  { kind: 'deliver' }
>['proposal'];
