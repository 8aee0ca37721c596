// @ts-check
import { setTimeout as wait } from 'node:timers/promises';
import { quantile } from '../lib/statistics.mjs';
import { openAll } from './open-all.mjs';

/** How long (s) the last deliveries may take. */
const patience = 20;

/** W1: in each group some send as fast as they are acknowledged, one message at a time, and everybody hears everything. */
export class GroupLoad {
  /** @type {import('./wire-client.mjs').WireClient[]} */
  #clients = [];
  #isSending = true;
  #inWindow = false;
  #acknowledged = 0;
  #refused = 0;
  #firstRefusal = '';
  /** @type {number[]} of the window, ms */
  #latencies = [];
  /** @type {Map<import('./wire-client.mjs').WireClient, number>} when it sent what is not acknowledged yet */
  #outstanding = new Map();
  /** @type {number[]} acknowledged per group */
  #perGroup;
  /** @type {number[]} acknowledged per member */
  #perMember;
  #order;
  #announce;
  #text = 'x'.repeat(200);

  /**
   * @param {Extract<import('./load.mjs').LoadCommand, {command: 'groups'}>} order
   * @param {(window: 'begin' | 'end') => void} announce
   */
  constructor(order, announce) {
    this.#order = order;
    this.#announce = announce;
    this.#perGroup = order.members.map(() => 0).slice(0, order.members.length / order.groupSize);
    this.#perMember = order.members.map(() => 0);
  }

  async run() {
    const { url, members, groupSize, senders, warmUp, seconds } = this.#order;
    this.#clients = await openAll(url, members, (index) => ({
      delivered: () => undefined,
      acknowledged: (client, answer) => this.#take(index, client, answer),
    }));
    for (const [index, client] of this.#clients.entries()) {
      if (index % groupSize < senders) this.#send(index, client);
    }
    await wait(warmUp * 1000);
    const deliveredBefore = this.#delivered();
    this.#inWindow = true;
    const begin = performance.now();
    this.#announce('begin');
    await wait(seconds * 1000);
    this.#inWindow = false;
    this.#announce('end');
    const elapsed = (performance.now() - begin) / 1000;
    const delivered = this.#delivered() - deliveredBefore;
    this.#isSending = false;
    const missing = await this.#settle();
    for (const client of this.#clients) client.close();
    const receivers = groupSize - (this.#order.hearsItself ? 0 : 1);
    return {
      acknowledgedPerSecond: this.#latencies.length / elapsed,
      deliveredPerSecond: delivered / receivers / elapsed,
      acknowledged: this.#acknowledged,
      inWindow: this.#latencies.length,
      refused: this.#refused,
      firstRefusal: this.#firstRefusal,
      missing,
      ackP50Ms: quantile(this.#latencies, 0.5),
      ackP99Ms: quantile(this.#latencies, 0.99),
    };
  }

  /**
   * @param {number} index
   * @param {import('./wire-client.mjs').WireClient} client
   */
  #send(index, client) {
    const conversationId = this.#order.members[index]?.conversationId ?? '';
    this.#outstanding.set(client, performance.now());
    client.command(
      `["message.send",{"conversationId":"${conversationId}","content":{"type":"text","text":"${this.#text}"}}]`,
    );
  }

  /**
   * @param {number} index
   * @param {import('./wire-client.mjs').WireClient} client
   * @param {string} answer
   */
  #take(index, client, answer) {
    const sentAt = this.#outstanding.get(client) ?? 0;
    this.#outstanding.delete(client);
    if (answer.includes('"ok":true')) {
      const group = Math.floor(index / this.#order.groupSize);
      this.#acknowledged += 1;
      this.#perGroup[group] = (this.#perGroup[group] ?? 0) + 1;
      this.#perMember[index] = (this.#perMember[index] ?? 0) + 1;
      if (this.#inWindow) this.#latencies.push(performance.now() - sentAt);
    } else {
      this.#refused += 1;
      this.#firstRefusal ||= answer.slice(0, 300);
    }
    if (this.#isSending) this.#send(index, client);
  }

  #delivered() {
    let sum = 0;
    for (const { deliveries } of this.#clients) sum += deliveries;
    return sum;
  }

  /** @returns how many deliveries are missing (or too many: also wrong) when everything should have arrived */
  async #settle() {
    const deadline = performance.now() + patience * 1000;
    let wrong = this.#wrong();
    while ((wrong > 0 || this.#outstanding.size > 0) && performance.now() < deadline) {
      await wait(20);
      wrong = this.#wrong();
    }
    return wrong + this.#outstanding.size;
  }

  #wrong() {
    const { groupSize, hearsItself } = this.#order;
    return this.#clients.reduce((sum, { deliveries }, index) => {
      const own = hearsItself ? 0 : (this.#perMember[index] ?? 0);
      return sum + Math.abs((this.#perGroup[Math.floor(index / groupSize)] ?? 0) - own - deliveries);
    }, 0);
  }
}
