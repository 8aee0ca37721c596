import { oversized, type EventDraft } from '#contracts/event.js';
import { type MessageContent } from '#contracts/message-content.js';
import {
  messageReceivedAnswer,
  type MessageReceivedAnswer,
  type MessageReceivedRequest,
} from '#contracts/hooks.js';
import { recipientsBesides } from '#domain/hooks/recipients.js';
import type { HookAnswer } from '#domain/hooks/verdict.js';

/** What a hook server's HTTP answer means; or by which name it fails. */
export type Interpretation =
  | { readonly kind: 'answered'; readonly answer: HookAnswer<MessageContent> }
  | { readonly kind: 'failed'; readonly failure: `status_${number}` | 'invalid_json' | 'invalid_answer' };

type Asked = MessageReceivedRequest['event'];

const pass: Interpretation = { kind: 'answered', answer: { kind: 'pass' } };

/** `asked` is the event that the hook was shown: its type and sender say what may come back. */
export function interpretAnswer(status: number, body: Buffer, asked: Asked): Interpretation {
  if (status === 204) return pass;
  if (status !== 200) return { kind: 'failed', failure: `status_${status}` };
  let value: unknown;
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    if (text.trim() === '') return pass;
    value = JSON.parse(text);
  } catch {
    return { kind: 'failed', failure: 'invalid_json' };
  }
  const parsed = messageReceivedAnswer.safeParse(value);
  if (!parsed.success || !isStorable(parsed.data, asked))
    return { kind: 'failed', failure: 'invalid_answer' };
  return { kind: 'answered', answer: toDomain(parsed.data, asked.senderId) };
}

function toDomain(answer: MessageReceivedAnswer, senderId: string): HookAnswer<MessageContent> {
  switch (answer.action) {
    case 'drop':
      return { kind: 'drop' };
    case 'reject':
      return { kind: 'reject', code: answer.code, detail: answer.detail };
    case 'deliver':
    case undefined: {
      const { content, recipients } = answer;
      if (content === undefined && recipients === undefined) return { kind: 'pass' };
      return {
        kind: 'rewrite',
        ...(content && { content }),
        ...(recipients && { recipients: recipientsBesides(senderId, recipients) }),
      };
    }
  }
}

/** A rewritten content obeys the limits that the sender's own had to obey. */
function isStorable(answer: MessageReceivedAnswer, { type }: Asked): boolean {
  if (answer.action === 'drop' || answer.action === 'reject' || answer.content === undefined) return true;
  const draft = draftOf(type, answer.content);
  return draft !== null && oversized(draft) === null;
}

function draftOf(type: Asked['type'], content: MessageContent): EventDraft | null {
  if (type === 'message') return { kind: 'message', content };
  if (content.type !== 'json') return null;
  return { kind: 'custom', name: type.slice('custom:'.length), data: content.json };
}
