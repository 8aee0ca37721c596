import { z } from 'zod';
import { call } from './call.js';
import { applicationId, conversationId, seq, userId } from './identifiers.js';

const count = z.int().min(0);
const isCapped = z
  .boolean()
  .meta({ description: 'Not everything was looked at: there may be more than what is counted.' });

/** What a member has not read: messages of others that it may see, after its read watermark. */
export const unreadCount = z
  .object({
    conversationId,
    unread: count,
    mentions: count.meta({ description: 'How many of them mention the member, or everyone.' }),
    isCapped,
    lastSeq: seq,
    readSeq: seq,
  })
  .meta({ id: 'UnreadCount' });
export type UnreadCount = z.infer<typeof unreadCount>;

export const unreadTotal = z.object({ conversations: count, messages: count, isCapped }).meta({
  id: 'UnreadTotal',
  description: 'Conversations with something unread, and the messages that are.',
});

export const getUnread = call('unread.get', z.object({ applicationId, conversationId, userId }), unreadCount);
export const listUnread = call(
  'unread.list',
  z.object({ applicationId, userId, cursor: z.string().nullable(), limit: z.int() }),
  z.object({ conversations: z.array(unreadCount), nextCursor: z.string().nullable() }),
);
export const getUnreadTotal = call('unread.total', z.object({ applicationId, userId }), unreadTotal);

/** Everything is read, as it stands. Safe to repeat. */
export const clearedUnread = z
  .object({
    conversations: count.meta({ description: 'Where the read watermark has moved.' }),
    isComplete: z.boolean().meta({ description: 'False: there are more conversations, ask again.' }),
  })
  .meta({ id: 'ClearedUnread' });
export const clearUnread = call('unread.clear', z.object({ applicationId, userId }), clearedUnread, 10_000);
