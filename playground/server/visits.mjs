// @ts-check
import { randomBytes } from 'node:crypto';
import { firstRules } from './rules.mjs';

/**
 * One open page: two users of its own in a conversation of their own, and its rules.
 *
 * @typedef {object} Visit
 * @property {string} conversationId
 * @property {readonly [string, string]} userIds
 * @property {readonly import('./rules.mjs').Rule[]} rules
 * @property {Set<(name: string, data: object) => void>} watchers who is told what happens
 * @property {Set<string>} pushed ids of the notifications that were told already
 */

/** Pages whose rules are remembered; the oldest are forgotten. */
const mostVisits = 200;
const pushInterval = 500;

export class Visits {
  /** @type {Map<string, Visit>} */
  #byConversation = new Map();
  #hookline;

  /** @param {import('./hookline.mjs').Hookline} hookline */
  constructor(hookline) {
    this.#hookline = hookline;
  }

  /** @returns {Promise<object>} what the page needs to begin */
  async begin() {
    const mark = randomBytes(3).toString('hex');
    const names = ['Tom', 'Jerry'];
    const [tom = '', jerry = ''] = names.map((name) => `${name.toLowerCase()}-${mark}`);
    for (const [index, id] of [tom, jerry].entries()) {
      await this.#hookline.call('POST', '/users', { id, displayName: names[index] });
    }
    const { id: conversationId } = await this.#hookline.call('POST', '/conversations', {
      name: 'Playground',
      members: [{ userId: tom }, { userId: jerry }],
    });
    const oldest = this.#byConversation.keys().next().value;
    if (this.#byConversation.size >= mostVisits && oldest !== undefined) this.#byConversation.delete(oldest);
    this.#byConversation.set(conversationId, {
      conversationId,
      userIds: [tom, jerry],
      rules: firstRules,
      watchers: new Set(),
      pushed: new Set(),
    });
    return {
      conversationId,
      users: [
        { id: tom, name: names[0] },
        { id: jerry, name: names[1] },
      ],
      rules: firstRules,
    };
  }

  /** @param {string} conversationId */
  of(conversationId) {
    return this.#byConversation.get(conversationId);
  }

  /** @param {string} userId @returns {Promise<string | null>} null: not a user of any page */
  async token(userId) {
    const isOurs = [...this.#byConversation.values()].some(({ userIds }) => userIds.includes(userId));
    if (!isOurs) return null;
    return (await this.#hookline.call('POST', `/users/${userId}/tokens`, { expiresIn: 3_600 })).token;
  }

  /**
   * Tells whoever watches a conversation.
   *
   * @param {string} conversationId
   * @param {string} name
   * @param {object} data
   */
  tell(conversationId, name, data) {
    for (const tell of this.#byConversation.get(conversationId)?.watchers ?? []) tell(name, data);
  }

  /** Tells what would have been pushed (provider `log`), for as long as somebody watches. */
  watchPushes() {
    const look = async () => {
      try {
        for (const visit of this.#byConversation.values()) {
          if (visit.watchers.size > 0) await this.#tellPushes(visit);
        }
      } catch (error) {
        console.error(String(error));
      }
      setTimeout(look, pushInterval).unref();
    };
    void look();
  }

  /** @param {Visit} visit */
  async #tellPushes({ conversationId, userIds, pushed }) {
    for (const userId of userIds) {
      // A page of a hundred: who wants more than that of a playground sees the first hundred.
      const { notifications } = await this.#hookline.call(
        'GET',
        `/push-notifications?userId=${userId}&limit=100`,
      );
      for (const { id, eventId, payload } of notifications) {
        if (pushed.has(id)) continue;
        pushed.add(id);
        this.tell(conversationId, 'push', { id, eventId, userId, ...payload });
      }
    }
  }
}
