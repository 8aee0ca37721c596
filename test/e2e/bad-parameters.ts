import { limits } from '#contracts/limits.js';

const tooLong = 'x'.repeat(201);

/** Values of a path's parameters that are not valid. */
export const badParameters: Readonly<Record<string, readonly string[]>> = {
  applicationId: ['with spaces', 'x'.repeat(limits.applicationIdLength + 1)],
  kind: ['key', 'MasterKey', 'master_key', '\u0000', '__proto__'],
  userId: ['a:b', tooLong, '\u0000', 'a\nb'],
  blockedUserId: ['a:b', tooLong, '\u0000', 'a\nb'],
  conversationId: ['a b', 'x'.repeat(65), 'é', 'a/b', '*', '>', '\u0000', "' OR 1=1 --"],
  eventId: ['1', 'x', '01940b5e-7d2c-7000-8000-00000000000', '\u0000', 'null'],
  fileId: ['1', 'x', '01940b5e-7d2c-7000-8000-00000000000', '\u0000'],
  sessionId: ['1', 'x', '01940b5e-7d2c-7000-8000-00000000000', '\u0000'],
  hookId: ['1', 'x', '01940b5e-7d2c-7000-8000-00000000000', '\u0000'],
  serverId: ['1', 'x', '01940b5e-7d2c-7000-8000-00000000000', '\u0000'],
  replayId: ['1', 'x', '01940b5e-7d2c-7000-8000-00000000000', '\u0000'],
  webhookId: ['1', 'x', '01940b5e-7d2c-7000-8000-00000000000', '\u0000'],
};
