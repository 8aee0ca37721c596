// @ts-check
import { createFloorTables } from '../floors/schema.mjs';
import { startChild } from './child.mjs';

/** The programs of each floor; clients go to the last one. */
const programs = {
  floorA: { gateway: 'floors/floor-a.mjs' },
  floorB: { storage: 'floors/storage.mjs', gateway: 'floors/gateway.mjs' },
  floorC: { storage: 'floors/storage.mjs', gateway: 'floors/gateway.mjs' },
  floorD: { storage: 'floors/coalescing-storage.mjs', gateway: 'floors/coalescing-gateway.mjs' },
};

/**
 * @typedef {object} Contestant
 * @property {string} name
 * @property {string} url
 * @property {Record<string, number>} pids besides those of the servers
 * @property {boolean} hearsItself whether the sender gets its own event too
 * @property {import('../load/load.mjs').Member[]} members
 */

/**
 * @param {import('./machine.mjs').Servers} servers
 * @param {import('./machine.mjs').Opened} opened
 * @param {{groups: number, groupSize: number}} shape
 * @returns {Promise<Contestant[]>}
 */
export async function startFloors({ floorsUrl, natsUrl }, opened, { groups, groupSize }) {
  await createFloorTables(floorsUrl, groups, groupSize);
  const members = Array.from({ length: groups * groupSize }, (_each, index) => {
    const group = Math.floor(index / groupSize);
    return { token: `user-${index}@${group}`, conversationId: String(group) };
  });
  /** @type {Contestant[]} */
  const floors = [];
  for (const [name, files] of Object.entries(programs)) {
    const floor = name.replace(/(?=[A-Z])/, '_').toLowerCase();
    /** @type {Record<string, number>} */
    const pids = {};
    let url = '';
    for (const [part, file] of Object.entries(files)) {
      const environment = { FLOOR: floor, DATABASE_URL: floorsUrl, NATS_URL: natsUrl };
      const child = opened.keep(await startChild(file, environment), (one) => one.stop());
      pids[part] = child.pid;
      url = child.url;
    }
    floors.push({ name, url, pids, hearsItself: false, members });
  }
  return floors;
}
