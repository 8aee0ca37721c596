// Where Hookline is, and its keys: from the environment, else from what `npm start` has written.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.env['HOOKLINE_DATA_DIR'] ?? join(import.meta.dirname, '..', '..', '.hookline');

/**
 * @param {string} name
 * @returns {any}
 */
function written(name) {
  const file = join(folder, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
}

const namedGateways = process.env['HOOKLINE_GATEWAY_URLS']?.split(',');

// What `npm start` has written are the keys of its own gateways, and of no others.
const keys = namedGateways === undefined ? { ...written('credentials.json'), ...process.env } : process.env;

/** @type {{installationKey?: string, applicationId?: string, masterKey?: string}} */
export const credentials = {
  installationKey: keys['HOOKLINE_INSTALLATION_KEY'],
  applicationId: keys['HOOKLINE_APP_ID'],
  masterKey: keys['HOOKLINE_MASTER_KEY'],
};

/** @type {string[]} */
export const gatewayUrls = namedGateways ?? written('runtime.json').gateways ?? [];
