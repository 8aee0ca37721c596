import type { blockOperations } from '#contracts/rest/block-operations.js';
import {
  deleted,
  foreign,
  foreigner,
  inactive,
  member,
  nowhere,
  outsider,
  type Refusal,
} from './bad-input-members.js';
import type { Cast, Change } from './bad-input-cast.js';

type Id = keyof typeof blockOperations;

const inGroup =
  (change: Change = {}) =>
  ({ application, group }: Cast): Change => ({
    as: application,
    ...change,
    parameters: { conversationId: group, ...change.parameters },
  });
const ofTom =
  (parameters: Change['parameters'] = {}) =>
  ({ tom }: Cast): Change => ({ as: tom, parameters: { userId: 'tom', ...parameters } });

/** See `goodRequests`. */
export const goodBlockRequests: Record<Id, (cast: Cast) => Change> = {
  blockInConversation: inGroup({ body: { userId: 'spike' } }),
  unblockInConversation: inGroup({ parameters: { userId: 'spike' } }),
  listConversationBlocks: inGroup(),
  blockUser: ofTom({ blockedUserId: 'jerry' }),
  unblockUser: ofTom({ blockedUserId: 'jerry' }),
  getUserBlock: ofTom({ blockedUserId: 'jerry' }),
  listUserBlocks: ofTom(),
};

const another: Refusal = ["another user's blocks", 'forbidden', ({ spike }) => ({ as: spike })];

function changing(id: Id): Refusal[] {
  const good = goodBlockRequests[id];
  return [nowhere(good), deleted(good), inactive(good), foreign, foreigner, outsider, member];
}

/** See `refusals`. */
export const blockRefusals: Record<Id, readonly Refusal[]> = {
  blockInConversation: [
    ...changing('blockInConversation'),
    ['an unknown user', 'user_not_found', () => ({ body: { userId: 'nobody' } })],
  ],
  unblockInConversation: changing('unblockInConversation'),
  listConversationBlocks: [
    nowhere(goodBlockRequests.listConversationBlocks),
    foreign,
    foreigner,
    outsider,
    member,
  ],
  blockUser: [
    another,
    ['nobody', 'user_not_found', () => ({ parameters: { userId: 'tom', blockedUserId: 'nobody' } })],
    [
      'a user of another application',
      'user_not_found',
      () => ({ parameters: { userId: 'tom', blockedUserId: 'foreigner' } }),
    ],
  ],
  unblockUser: [another],
  getUserBlock: [another, ['what is not there', 'block_not_found', () => ({})]],
  listUserBlocks: [another],
};
