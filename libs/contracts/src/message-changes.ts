import { z } from 'zod';
import { call } from './call.js';
import { change, hookedPatience } from './change.js';
import { applicationId, conversationId, eventId, seq, timestamp } from './identifiers.js';
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
 * Removes a message's content for good, after the `messageUpdate` hooks. Answers the `message.recalled`, again when it was
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
