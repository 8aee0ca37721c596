// @ts-check
// The load generator: a process of its own that does what it is told over IPC, one command at a time.
import { GroupLoad } from './group-load.mjs';
import { PairLoad } from './pair-load.mjs';
import { openAll } from './open-all.mjs';

/**
 * @typedef {object} Member
 * @property {string} token
 * @property {string} conversationId of the group or pair
 */

/**
 * @typedef {{command: 'groups', url: string, members: Member[], groupSize: number, senders: number, hearsItself: boolean,
 *     warmUp: number, seconds: number}
 *   | {command: 'pairs', url: string, members: Member[], rate: number, warmUp: number, seconds: number}
 *   | {command: 'hold', url: string, members: Member[]}
 *   | {command: 'heard'}
 *   | {command: 'release'}} LoadCommand times in seconds; members of a group stand together; rate per pair and second
 */

/** @type {import('./wire-client.mjs').WireClient[]} */
let held = [];
/** Of those that are held. */
const heard = { messages: 0, lastAt: 0 };
const listening = {
  delivered: () => {
    heard.messages += 1;
    heard.lastAt = performance.timeOrigin + performance.now();
  },
  acknowledged: () => undefined,
};

/** @param {'begin' | 'end'} window */
const announce = (window) => process.send?.({ window });

/** @param {LoadCommand} order */
async function work(order) {
  switch (order.command) {
    case 'groups':
      return new GroupLoad(order, announce).run();
    case 'pairs':
      return new PairLoad(order, announce).run();
    case 'hold': {
      held.push(...(await openAll(order.url, order.members, () => listening)));
      return { held: held.length };
    }
    case 'heard':
      return heard;
    case 'release':
      for (const client of held) client.close();
      held = [];
      return {};
  }
}

process.on('message', (/** @type {LoadCommand} */ order) => {
  work(order).then(
    (result) => process.send?.({ result }),
    (error) => process.send?.({ failure: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
