import { hookAnswers, type ReceiversOfflineAnswer } from '#contracts/hooks/answers.js';
import type { ProposalOf, QuestionOf } from '#contracts/hooks/run.js';
import { recipientsBesides } from '#domain/hooks/recipients.js';
import type { BlockingHook } from './blocking-hook.port.js';

/** Before those are notified who are not connected. Dropped means here: nobody is notified. */
export const receiversOffline: BlockingHook<
  QuestionOf<'receiversOffline'>['request'],
  ReceiversOfflineAnswer,
  ProposalOf<'receiversOffline'>
> = {
  name: 'receiversOffline',
  answer: hookAnswers.receiversOffline,
  propose: ({ offlineRecipients }) => ({ recipients: offlineRecipients, push: null, force: false }),
  show: (asked, { recipients }) => ({
    ...asked,
    offlineRecipients: recipients,
    mentionedOffline: asked.mentionedOffline.filter((userId) => recipients.includes(userId)),
  }),
  read: (answer, { event }) => {
    if (answer.action === 'skip') return { kind: 'drop' };
    const { recipients, push, force } = answer;
    const changes = {
      ...(recipients && { recipients: recipientsBesides(event.senderId, recipients) }),
      ...(push && { push }),
      ...(force !== undefined && { force }),
    };
    return Object.keys(changes).length === 0 ? { kind: 'pass' } : { kind: 'rewrite', changes };
  },
};
