// What your own server would do for its clients: it holds the master key, creates users and groups, and mints the
// tokens with which clients connect. The chat does it itself, so that trying it takes one command; a real client
// never sees the master key.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const file = join(import.meta.dirname, '..', '..', '.hookline', 'credentials.json');
const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
const { HOOKLINE_APP_ID: applicationId, HOOKLINE_MASTER_KEY: masterKey } = { ...kept, ...process.env };

export const hooklineUrl = process.env['HOOKLINE_URL'] ?? 'http://127.0.0.1:3000';

/**
 * @param {'GET' | 'POST'} method
 * @param {string} path below /api/v1
 * @param {object} [body]
 * @param {string} [expected] code of an error that is as good as success
 */
async function call(method, path, body, expected) {
  if (applicationId === undefined || masterKey === undefined) {
    throw new Error('Set HOOKLINE_APP_ID and HOOKLINE_MASTER_KEY, which `npm start` has not written here.');
  }
  const response = await fetch(`${hooklineUrl}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${applicationId}:${masterKey}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    ...(body && { body: JSON.stringify(body) }),
  });
  const answer = /** @type {any} */ (await response.json());
  if (response.ok || answer.code === expected) return answer;
  throw new Error(`${method} ${path}: ${answer.code}: ${answer.detail}`);
}

/**
 * Makes the user and the group if there are none, and the user a member.
 *
 * @param {string} userId
 * @param {string} conversationId
 */
export async function prepare(userId, conversationId) {
  await call('POST', '/users', { id: userId }, 'user_exists');
  await call('POST', '/conversations', { id: conversationId, name: 'Chat' }, 'conversation_exists');
  const members = [{ userId }];
  await call('POST', `/conversations/${conversationId}/members`, { members }, 'member_exists');
}

/**
 * @param {string} userId
 * @returns {Promise<string>} a JWT with which a client connects as this user
 */
export async function mintToken(userId) {
  return (await call('POST', `/users/${encodeURIComponent(userId)}/tokens`, {})).token;
}
