// Runs examples/moderation-hook as the separate process that a hook server is; it registers itself.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { within } from './report.mjs';

const program = join(import.meta.dirname, '..', 'moderation-hook', 'server.mjs');

/**
 * @param {string} url of a gateway
 * @param {{applicationId: string, masterKey: string}} keys
 */
export async function startModeration(url, { applicationId, masterKey }) {
  const server = spawn(process.execPath, [program, '--register'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      PORT: '0',
      HOOKLINE_URL: url,
      HOOKLINE_APP_ID: applicationId,
      HOOKLINE_MASTER_KEY: masterKey,
    },
  });
  const ended = once(server, 'exit');
  const hookId = await within(registration(server.stdout), 'the moderation hook to be registered');
  return {
    hookId,
    pid: server.pid,
    /** It removes its hook, then ends. */
    close: async () => {
      server.kill('SIGTERM');
      await within(ended, 'the moderation hook to end');
    },
  };
}

/**
 * @param {import('node:stream').Readable} output
 * @returns {Promise<string>} the id of the hook
 */
function registration(output) {
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: output });
    lines.on('line', (line) => {
      const [, id] = line.match(/^registered as hook (\S+)$/) ?? [];
      if (id !== undefined) resolve(id);
    });
    lines.on('close', () => reject(new Error('the moderation hook has ended')));
  });
}
