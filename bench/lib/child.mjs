// @ts-check
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/**
 * A program of the bench as a process of its own; it ends when this one does.
 * @param {string} file below bench/
 * @param {NodeJS.ProcessEnv} [environment]
 */
export async function startChild(file, environment = {}) {
  const child = fork(fileURLToPath(new URL(`../${file}`, import.meta.url)), {
    execArgv: [],
    env: { ...process.env, ...environment },
    detached: true,
  });
  const [first] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => {
      throw new Error(`${file} ended before it was ready`);
    }),
  ]);
  return {
    child,
    pid: child.pid ?? 0,
    url: String(first.url ?? ''),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill();
      await once(child, 'exit');
    },
  };
}

/**
 * The load generator.
 * @returns {Promise<{pid: number, stop: () => Promise<void>, run: Run}>}
 */
export async function startLoad() {
  const { child, pid, stop } = await startChild('load/load.mjs');
  /** @type {Run} */
  const order = (command, onWindow = () => undefined) =>
    new Promise((resolve, reject) => {
      /** @param {{window?: 'begin' | 'end', result?: unknown, failure?: string}} message */
      const take = (message) => {
        if (message.window !== undefined) return onWindow(message.window);
        child.off('message', take);
        if (message.failure === undefined) resolve(/** @type {Record<string, number>} */ (message.result));
        else reject(new Error(message.failure));
      };
      child.on('message', take);
      child.send(command);
    });
  return { pid, stop, run: order };
}

/**
 * @callback Run
 * @param {import('../load/load.mjs').LoadCommand} command
 * @param {(window: 'begin' | 'end') => void} [onWindow] called when the measured time begins and ends
 * @returns {Promise<Record<string, number>>}
 */
