// What the owner of an installation and a customer's server do before anybody chats.
import { randomBytes } from 'node:crypto';
import { basic, bearer, Rest } from './rest.mjs';
import { credentials } from './settings.mjs';

/**
 * A fresh application by the installation key; without that key the given application, with fresh names in it.
 *
 * @param {string} url of a gateway
 */
export async function application(url) {
  const { installationKey, applicationId, masterKey } = credentials;
  if (installationKey !== undefined) {
    const owner = new Rest(url, bearer(installationKey));
    const created = await owner.post('/applications', { name: 'Main job' });
    return keysOf(url, created.id, created.masterKey, '');
  }
  if (applicationId !== undefined && masterKey !== undefined) {
    return keysOf(url, applicationId, masterKey, `-${randomBytes(4).toString('hex')}`);
  }
  throw new Error('no keys: set HOOKLINE_INSTALLATION_KEY, or HOOKLINE_APP_ID and HOOKLINE_MASTER_KEY');
}

/**
 * @param {string} url
 * @param {string} applicationId
 * @param {string} masterKey
 * @param {string} suffix of user ids
 */
function keysOf(url, applicationId, masterKey, suffix) {
  return { applicationId, masterKey, suffix, server: new Rest(url, basic(applicationId, masterKey)) };
}

/**
 * @param {Rest} server
 * @param {string} id
 * @returns {Promise<{id: string, token: string}>}
 */
export async function user(server, id) {
  await server.post('/users', { id });
  const { token } = await server.post(`/users/${encodeURIComponent(id)}/tokens`, {});
  return { id, token };
}

/**
 * @param {Rest} server
 * @param {'/hooks' | '/webhooks'} path
 * @param {object} registration
 * @param {{know: (secret: string) => void}} channel learns the secret
 * @returns {Promise<() => Promise<void>>} removes it
 */
export async function register(server, path, registration, channel) {
  const { id, secret } = await server.post(path, registration);
  channel.know(secret);
  return async () => {
    await server.delete(`${path}/${id}`);
  };
}
