// @ts-check
import { setTimeout as wait } from 'node:timers/promises';
import { quantile } from '../lib/statistics.mjs';
import { openAll } from './open-all.mjs';

const filler = 'x'.repeat(170);

/** W2: in each pair the first one sends at a steady rate, whatever comes back; the second one's clock is the same. */
export class PairLoad {
  /** @type {number[]} send to receive, ms */
  #received = [];
  /** @type {number[]} ms */
  #acknowledged = [];
  /** @type {Map<import('./wire-client.mjs').WireClient, number[]>} */
  #sentAt = new Map();
  #refused = 0;
  #sent = 0;
  #arrived = 0;
  #inWindow = false;
  #order;
  #announce;

  /**
   * @param {Extract<import('./load.mjs').LoadCommand, {command: 'pairs'}>} order
   * @param {(window: 'begin' | 'end') => void} announce
   */
  constructor(order, announce) {
    this.#order = order;
    this.#announce = announce;
  }

  async run() {
    const { url, members, rate, warmUp, seconds } = this.#order;
    const clients = await openAll(url, members, (index) => ({
      delivered: (_client, data, start, end) => {
        if (index % 2 === 1) this.#arrive(data.toString('latin1', start, end));
      },
      acknowledged: (client, answer) => this.#take(client, answer),
    }));
    const interval = 1000 / rate;
    const begin = performance.now();
    // Spread over the interval: real people do not send in step.
    const timers = clients.flatMap((client, index) =>
      index % 2 === 0
        ? [this.#repeat(client, index, begin + (interval * index) / clients.length, interval)]
        : [],
    );
    await wait(warmUp * 1000);
    this.#inWindow = true;
    this.#announce('begin');
    await wait(seconds * 1000);
    this.#inWindow = false;
    this.#announce('end');
    for (const stop of timers) stop();
    for (let round = 0; round < 500 && this.#arrived < this.#sent; round++) await wait(20);
    for (const client of clients) client.close();
    return {
      inWindow: this.#received.length,
      perSecond: this.#received.length / seconds,
      missing: this.#sent - this.#arrived,
      refused: this.#refused,
      receiveP50Ms: quantile(this.#received, 0.5),
      receiveP99Ms: quantile(this.#received, 0.99),
      ackP50Ms: quantile(this.#acknowledged, 0.5),
      ackP99Ms: quantile(this.#acknowledged, 0.99),
    };
  }

  /**
   * @param {import('./wire-client.mjs').WireClient} client
   * @param {number} index
   * @param {number} due
   * @param {number} interval
   */
  #repeat(client, index, due, interval) {
    const conversationId = this.#order.members[index]?.conversationId ?? '';
    let at = due;
    /** @type {NodeJS.Timeout} */
    let timer;
    const tick = () => {
      const now = performance.now();
      const times = this.#sentAt.get(client) ?? [];
      times.push(now);
      this.#sentAt.set(client, times);
      this.#sent += 1;
      client.command(
        `["message.send",{"conversationId":"${conversationId}","content":{"type":"text","text":"at=${now};${filler}"}}]`,
      );
      at += interval;
      timer = setTimeout(tick, Math.max(0, at - performance.now()));
    };
    timer = setTimeout(tick, Math.max(0, at - performance.now()));
    return () => clearTimeout(timer);
  }

  /** @param {string} payload */
  #arrive(payload) {
    this.#arrived += 1;
    const start = payload.indexOf('at=') + 3;
    const sentAt = Number(payload.slice(start, payload.indexOf(';', start)));
    if (this.#inWindow) this.#received.push(performance.now() - sentAt);
  }

  /**
   * @param {import('./wire-client.mjs').WireClient} client
   * @param {string} answer
   */
  #take(client, answer) {
    const sentAt = this.#sentAt.get(client)?.shift() ?? 0;
    if (!answer.includes('"ok":true')) this.#refused += 1;
    else if (this.#inWindow) this.#acknowledged.push(performance.now() - sentAt);
  }
}
