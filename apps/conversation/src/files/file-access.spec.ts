import { expect, test } from '@jest/globals';
import { HooklineError } from '#contracts/errors.js';
import type { AttachedEvent, FilesStore } from '../store/files.store.js';
import type { ConversationAccess } from '../view-conversations/access.port.js';
import { FileAccess } from './file-access.js';

test('a file that was sent without end is given up, and each conversation is asked for once', async () => {
  let portions = 0;
  const asked: string[] = [];
  const event = {
    ...{ conversationKey: 1n, seq: 1, senderId: 'tom', targetSeq: undefined },
    audience: { kind: 'everyone' },
  } as const;
  const files: Pick<FilesStore, 'find' | 'attachedTo'> = {
    find: () =>
      Promise.resolve({
        ...{ id: 'file', ownerId: 'tom', createdAt: 0, name: 'a', contentType: 'text/plain', size: 1 },
        ...{ digest: '', sizes: {} },
      }),
    async attachedTo(): Promise<AttachedEvent[]> {
      portions += 1;
      if (portions > 1_000) throw new Error('asked without end');
      return Promise.resolve(['gone', 'also gone'].map((conversationId) => ({ ...event, conversationId })));
    },
  };
  const conversations: Pick<ConversationAccess, 'of'> = {
    of: (_applicationId, conversationId) => {
      asked.push(conversationId);
      return Promise.reject(new HooklineError('conversation_not_found'));
    },
  };
  const access = new FileAccess(files as FilesStore, conversations as ConversationAccess);
  const identity = { applicationId: 'cartoons', fileId: 'file' };
  await expect(access.require(identity, { kind: 'user', userId: 'jerry' })).rejects.toMatchObject({
    code: 'file_not_found',
  });
  expect(asked).toEqual(['gone', 'also gone']);
});
