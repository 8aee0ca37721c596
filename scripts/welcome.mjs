// @ts-check

/** @type {[name: string, words: string, always: boolean][]} */
const shownKeys = [
  ['HOOKLINE_APP_ID', 'application id', true],
  ['HOOKLINE_APP_KEY', 'application key', true],
  ['HOOKLINE_MASTER_KEY', 'master key', true],
  ['HOOKLINE_HOOK_KEY', 'hook key', false],
  ['HOOKLINE_INSTALLATION_KEY', 'installation key', false],
  ['HOOKLINE_ENCRYPTION_KEY', 'encryption key', false],
];

/**
 * What `npm start` says when a message can be sent. The first line is a contract with other programs.
 * @param {object} options
 * @param {readonly string[]} options.gateways
 * @param {Record<string, string>} options.keys
 * @param {readonly string[]} options.unseen names of the keys that were never shown before
 * @param {string} options.dataDirectory
 * @returns {string}
 */
export function welcome({ gateways, keys, unseen, dataDirectory }) {
  const [url = ''] = gateways;
  const others = gateways.slice(1);
  const lines = shownKeys
    .filter(([name, , always]) => always || unseen.includes(name))
    .map(([name, words]) => `  ${words.padEnd(17)} ${keys[name]}`);
  return [
    `hookline ready ${url}`,
    `a playground to look at it: ${url}/`,
    ...(others.length > 0 ? [`more gateways: ${others.join(' ')}`] : []),
    '',
    ...lines,
    ...(unseen.length > 0 ? [`  (also kept in ${dataDirectory}/credentials.json)`] : []),
    '',
    'A first call:',
    '',
    `  curl -u '${keys['HOOKLINE_APP_ID']}:${keys['HOOKLINE_MASTER_KEY']}' -H 'content-type: application/json' \\`,
    `    -d '{"id":"tom"}' ${url}/api/v1/users`,
    '',
    '',
  ].join('\n');
}
