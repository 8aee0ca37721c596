import { z } from 'zod';
import { call } from './call.js';
import { change, hookedPatience } from './change.js';
import { applicationId, conversationId, eventId, seq, timestamp, userId } from './identifiers.js';
import { mentions, messageContent } from './message-content.js';
import { sendOutcome } from './sending.js';

const [stored, dropped] = sendOutcome.options;

const target = { applicationId, conversationId, eventId, ...change };

/**
 * Puts other content into a message, after the `messageUpdate` hooks. The event of the outcome is the `message.updated`.
 */
export const updateMessage = call(
  'conversation.messages.update',
  z.object({
    ...target,
    content: messageContent,
    /** Absent: they stay as they are. */
    mentions: mentions.optional(),
  }),
  z.discriminatedUnion('outcome', [stored, dropped]),
  hookedPatience,
);
export type UpdateMessage = z.output<typeof updateMessage.question>;
export type UpdateOutcome = z.output<typeof updateMessage.answer>;

/**
 * Removes a message's content, or a custom event's data, for good, after the `messageUpdate` hooks. Answers the `message.recalled`, again when it was
 * recalled before.
 */
export const recallMessage = call(
  'conversation.messages.recall',
  z.object(target),
  z.union([z.object({ eventId, seq, timestamp }), dropped]),
  hookedPatience,
);
export type RecallMessage = z.output<typeof recallMessage.question>;
export type Recalled = z.output<typeof recallMessage.answer>;

/**
 * Takes away the server's copy of a message: from then on nobody finds it. No event says so, no hook is asked, and clients that
 * have it keep it. For servers.
 */
export const deleteMessage = call(
  'conversation.messages.delete',
  z.object({
    ...target,
    /** Takes it from this user alone, for whom it is by name; null: from all. */
    readerId: userId.nullable(),
  }),
  z.object({}),
);
export type DeleteMessage = z.output<typeof deleteMessage.question>;
