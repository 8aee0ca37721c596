import type { MessageEvent } from '#contracts/event.js';
import type { ShownContent } from '#contracts/message-content.js';
import type { StreamEvent } from '#contracts/stream.js';

const longest = 120;
const generic = 'New message';

/** What a notification says of a message: the beginning of its text, at most 120 code points, none of them halved. */
export function preview(content: ShownContent): string {
  if (content.type !== 'text') return generic;
  // A code point has at most two units, so the beginning is enough, however long the text is.
  const points = Array.from(content.text.slice(0, 2 * (longest + 1)));
  return points.length <= longest ? points.join('') : `${points.slice(0, longest - 1).join('')}…`;
}

/** Of a message that may be revoked, nothing of its content: it would stay readable. */
export function bodyOf(conversationKind: StreamEvent['conversationKind'], content: ShownContent): string {
  return conversationKind === 'business' ? generic : preview(content);
}

/** What a device shows of a message. */
export function contentOf(
  conversationKind: StreamEvent['conversationKind'],
  { senderId, content }: MessageEvent,
): { title: string; body: string } {
  return { title: senderId, body: bodyOf(conversationKind, content) };
}
