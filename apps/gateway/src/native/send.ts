import { v7 as uuidv7 } from 'uuid';
import { sendEvent, type SendCommand, type SendOutcome } from '#contracts/conversation.js';
import { HooklineError } from '#contracts/errors.js';
import { oversized } from '#contracts/event.js';
import type { Bus } from '#platform/bus/bus.js';

/** Outcomes of a send that are answered as success; a rejection is an error with the hook's own code and detail. */
export type AcceptedOutcome = Exclude<SendOutcome, { outcome: 'rejected' }>;

/** @throws HooklineError rejected_by_hook among others */
export async function send(bus: Bus, command: Omit<SendCommand, 'commandId'>): Promise<AcceptedOutcome> {
  const tooLarge = oversized(command.draft);
  if (tooLarge !== null) throw new HooklineError(tooLarge);
  const outcome = await bus.ask(sendEvent, { ...command, commandId: uuidv7() });
  if (outcome.outcome !== 'rejected') return outcome;
  const { code, detail } = outcome;
  throw new HooklineError('rejected_by_hook', detail, { hook: { code, detail } });
}
