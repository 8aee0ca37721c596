import { oversized, type EventDraft } from '#contracts/event.js';
import { hookAnswers, type MessageHookAnswer } from '#contracts/hooks/answers.js';
import type { ProposalOf, QuestionOf } from '#contracts/hooks/run.js';
import type { MessageContent } from '#contracts/message-content.js';
import { recipientsBesides } from '#domain/hooks/recipients.js';
import type { HookAnswer } from '#domain/hooks/verdict.js';
import type { BlockingHook } from './blocking-hook.port.js';

type Received = QuestionOf<'messageReceived'>['request'];
type Updated = QuestionOf<'messageUpdate'>['request'];

/** Before a message or custom event is stored. */
export const messageReceived: BlockingHook<Received, MessageHookAnswer, ProposalOf<'messageReceived'>> = {
  name: 'messageReceived',
  answer: hookAnswers.messageReceived,
  propose: ({ event, recipients }) => ({ content: event.content, recipients }),
  show: (asked, { content, recipients }) => ({ ...asked, event: { ...asked.event, content }, recipients }),
  read: (answer, { event }) => read(answer, event),
};

/** Before a message is edited or recalled. */
export const messageUpdate: BlockingHook<Updated, MessageHookAnswer, ProposalOf<'messageUpdate'>> = {
  name: 'messageUpdate',
  answer: hookAnswers.messageUpdate,
  propose: ({ event, recipients }) => ({ content: event.content, recipients }),
  show: (asked, { content, recipients }) => ({ ...asked, event: { ...asked.event, content }, recipients }),
  read: (answer, { event, recall }) => {
    // What is recalled has no content, whatever a hook would put there.
    const heard = recall && 'content' in answer ? { ...answer, content: undefined } : answer;
    return read(heard, event);
  },
};

interface Asked {
  readonly type: string;
  readonly senderId: string;
}

function read(
  answer: MessageHookAnswer,
  { type, senderId }: Asked,
): HookAnswer<ProposalOf<'messageReceived'>> | null {
  switch (answer.action) {
    case 'drop':
      return { kind: 'drop' };
    case 'reject':
      return { kind: 'reject', code: answer.code, detail: answer.detail };
    case 'deliver':
    case undefined: {
      const { content, recipients } = answer;
      if (content === undefined && recipients === undefined) return { kind: 'pass' };
      if (content !== undefined && !isStorable(type, content)) return null;
      const changes = {
        ...(content && { content }),
        ...(recipients && { recipients: recipientsBesides(senderId, recipients) }),
      };
      return { kind: 'rewrite', changes };
    }
  }
}

/** A rewritten content obeys the limits that the sender's own had to obey. */
function isStorable(type: string, content: MessageContent): boolean {
  const draft = draftOf(type, content);
  return draft !== null && oversized(draft) === null;
}

function draftOf(type: string, content: MessageContent): EventDraft | null {
  if (type === 'message') return { kind: 'message', content };
  if (content.type !== 'json') return null;
  return { kind: 'custom', name: type.slice('custom:'.length), data: content.json };
}
