import type { ErrorCode } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { badFileQueries } from './bad-input-files.js';
import { badTypes } from './bad-input-messages.js';
import type { OperationId } from './bad-requests.js';

/** A number that no application can have. */
const cursorBeyond = Buffer.from('v1.99999999999').toString('base64url');

/** Values of the query that are not valid, with the code they are answered with. */
export const badQueries: Partial<Record<OperationId, readonly (readonly [string, string, ErrorCode])[]>> =
  (() => {
    const limit = ['', '0', '-1', '101', '1.5', 'x', '1e9', 'NaN'].map(
      (value) => ['limit', value, 'invalid_request'] as const,
    );
    const cursor = [
      ['cursor', '', 'invalid_request'],
      ['cursor', 'x'.repeat(201), 'invalid_request'],
      ...[
        'x',
        '1',
        'null',
        '\u0000',
        'djEu',
        'djEuLTE',
        'djIuMQ',
        `djEu${Buffer.from('9'.repeat(30)).toString('base64url')}`,
      ].map((value) => ['cursor', value, 'invalid_cursor'] as const),
    ] as const;
    const reason = ['', 'x'.repeat(limits.sessionEndReasonLength + 1), 'a\nb', '\u0000'].map(
      (value) => ['reason', value, 'invalid_request'] as const,
    );
    return {
      ...badFileQueries,
      listSessions: [
        ['userId', 'a:b', 'invalid_request'],
        ['userId', '', 'invalid_request'],
      ],
      endSession: reason,
      listPresences: [
        ['userIds', '', 'invalid_request'],
        ['userIds', 'tom,', 'invalid_request'],
        ['userIds', 'tom,a:b', 'invalid_request'],
        ['userIds', Array.from({ length: 101 }, (_, index) => index).join(), 'invalid_request'],
      ],
      endSessions: [...reason, ['userId', 'a:b', 'invalid_request']],
      listApplications: [...limit, ...cursor, ['cursor', cursorBeyond, 'invalid_cursor']],
      listUsers: [...limit, ...cursor],
      deleteUser: [
        ['messages', 'forget', 'invalid_request'],
        ['messages', '', 'invalid_request'],
      ],
      listConversations: [
        ...limit,
        ...cursor,
        ['userId', 'jerry', 'invalid_request'],
        ['userId', 'a:b', 'invalid_request'],
        ['kind', 'herd', 'invalid_request'],
        ['order', 'sideways', 'invalid_request'],
        ...['', 'x', '1', 'null', '[]', '{}', '{"a":null}', '{"a":{}}', '{"a":[1]}', '{"a":"\\u0000"}'].map(
          (attributes) => ['attributes', attributes, 'invalid_request'] as const,
        ),
        ['attributes', '{"a":1,"b":1,"c":1,"d":1,"e":1,"f":1}', 'invalid_request'],
        ['attributes', JSON.stringify({ a: 'x'.repeat(199) }), 'invalid_request'],
        ['attributes', JSON.stringify({ ['x'.repeat(101)]: 1 }), 'invalid_request'],
      ],
      listInvitations: [...limit, ...cursor, ['userId', 'jerry', 'invalid_request']],
      listConversationBlocks: [...limit, ...cursor],
      listUserBlocks: [...limit, ...cursor],
      listBroadcasts: [...limit, ...cursor, ['conversationId', 'a b', 'invalid_request']],
      listMembers: [
        ...limit,
        ...cursor,
        ['cursor', 'dDEuAA', 'invalid_cursor'],
        ['state', 'left', 'invalid_request'],
        ['role', 'king', 'invalid_request'],
      ],
      listEvents: [
        ...limit,
        ...cursor,
        ['order', 'sideways', 'invalid_request'],
        ['order', '', 'invalid_request'],
        ['userId', 'jerry', 'invalid_request'],
        ['userId', 'a:b', 'invalid_request'],
        ['userId', '', 'invalid_request'],
        ['view', 'outbox', 'invalid_request'],
        ['view', '', 'invalid_request'],
        ...badTypes,
      ],
      deleteMessage: [
        ['userId', 'a:b', 'invalid_request'],
        ['userId', '', 'invalid_request'],
      ],
      listReceipts: [...limit, ...cursor, ['cursor', 'djEuMQ', 'invalid_cursor']],
      getUnread: [['userId', 'jerry', 'invalid_request']],
      listUnread: [...limit, ...cursor, ['userId', 'jerry', 'invalid_request']],
      getUnreadTotal: [['userId', 'jerry', 'invalid_request']],
      listWebhooks: [
        ['callbackOf', 'a b', 'invalid_request'],
        ['callbackOf', '', 'invalid_request'],
      ],
      listWebhookAttempts: [
        ...limit,
        ...cursor,
        ['outcome', 'done', 'invalid_request'],
        ['outcome', '', 'invalid_request'],
        ['eventId', '1', 'invalid_request'],
        ['eventId', '', 'invalid_request'],
      ],
      listWebhookDeliveries: [
        ...limit,
        ...cursor,
        ['state', 'done', 'invalid_request'],
        ['state', '', 'invalid_request'],
      ],
      listWebhookReplays: [...limit, ...cursor],
      listPushNotifications: [
        ...limit,
        ...cursor,
        ['userId', 'a:b', 'invalid_request'],
        ['userId', '', 'invalid_request'],
      ],
    };
  })();
