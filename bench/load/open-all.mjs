// @ts-check
import { WireClient } from './wire-client.mjs';

/** How many handshakes are on their way at the same time. */
const parallel = 50;

/**
 * Connects everybody; resolves when all have heard `session.ready`.
 * @param {string} url
 * @param {readonly import('./load.mjs').Member[]} members
 * @param {(index: number) => import('./wire-client.mjs').Listener} listenerOf
 */
export async function openAll(url, members, listenerOf) {
  /** @type {WireClient[]} */
  const clients = [];
  let next = 0;
  const opener = async () => {
    while (next < members.length) {
      const index = next++;
      const client = new WireClient({
        url,
        auth: { token: members[index]?.token },
        listener: listenerOf(index),
      });
      clients[index] = client;
      await client.open();
    }
  };
  await Promise.all(Array.from({ length: parallel }, opener));
  return clients;
}
