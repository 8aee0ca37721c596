// @ts-check
// What the playground asks of Hookline, with the master key of an application of its own.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

/** Hookline has refused something; the text says what and why. */
class Refused extends Error {}

export class Hookline {
  #url;
  #authorization = '';

  /** @param {string} url of a gateway */
  constructor(url) {
    this.#url = url;
  }

  /**
   * Creates the playground's application, or takes up that of the last start.
   *
   * @param {string} keysFile
   * @param {string} installationKey
   */
  async enter(keysFile, installationKey) {
    if (existsSync(keysFile)) {
      this.#authorization = authorizationOf(JSON.parse(readFileSync(keysFile, 'utf8')));
      if (await this.#isKnown()) return;
    }
    this.#authorization = `Bearer ${installationKey}`;
    const id = `playground-${randomBytes(4).toString('hex')}`;
    const { masterKey } = await this.call('POST', '/applications', { id, name: 'Playground' });
    writeFileSync(keysFile, JSON.stringify({ id, masterKey }), { mode: 0o600 });
    this.#authorization = authorizationOf({ id, masterKey });
  }

  /**
   * The one hook and the one webhook of this start; those of former starts led elsewhere.
   *
   * @param {string} ownUrl
   * @returns {Promise<{hookSecret: string, webhookSecret: string}>}
   */
  async register(ownUrl) {
    const [{ hooks }, { webhooks }] = await Promise.all([
      this.call('GET', '/hooks'),
      this.call('GET', '/webhooks'),
    ]);
    for (const { id } of hooks) await this.call('DELETE', `/hooks/${id}`);
    for (const { id } of webhooks) await this.call('DELETE', `/webhooks/${id}`);
    const hook = await this.call('POST', '/hooks', { name: 'messageReceived', url: `${ownUrl}/hook` });
    const webhook = await this.call('POST', '/webhooks', { url: `${ownUrl}/webhook` });
    return { hookSecret: hook.secret, webhookSecret: webhook.secret };
  }

  /**
   * @param {'GET' | 'POST' | 'DELETE'} method
   * @param {string} path below /api/v1
   * @param {object} [body]
   * @returns {Promise<any>} what was answered; throws Refused for anything but a success
   */
  async call(method, path, body) {
    const response = await fetch(`${this.#url}/api/v1${path}`, {
      method,
      headers: {
        authorization: this.#authorization,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Refused(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? null : JSON.parse(text);
  }

  async #isKnown() {
    try {
      await this.call('GET', '/hooks');
      return true;
    } catch (error) {
      if (error instanceof Refused) return false;
      throw error;
    }
  }
}

/** @param {{id: string, masterKey: string}} keys */
function authorizationOf({ id, masterKey }) {
  return `Basic ${Buffer.from(`${id}:${masterKey}`).toString('base64')}`;
}
