// @ts-check
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { followLog, kindOfLine, readable } from './app-log.mjs';
import { Failure } from './process-output.mjs';

const stopMilliseconds = 15_000;
const readyMilliseconds = 60_000;

/**
 * @typedef {object} App
 * @property {string} name
 * @property {string} entry the file to run
 * @property {NodeJS.ProcessEnv} environment
 * @property {string} privateUrl where /health is
 * @property {string} logFile the app's standard output and error
 * @property {import('./process-output.mjs').Log} log gets warnings and errors, one readable line each
 */

/**
 * @typedef {import('./leashed.mjs').RunningProcess & {lastWords: () => string, speakUp: () => void}} RunningApp
 * `lastWords`: what it said besides its log; `speakUp`: from now on its warnings and errors are shown
 */

/**
 * @param {App} app
 * @returns {RunningApp}
 */
export function launchApp({ name, entry, environment, logFile, log }) {
  const output = openSync(logFile, 'a', 0o600);
  let isShown = false;
  /** @type {string[]} */
  const said = [];
  const following = followLog(logFile, (line) => {
    const kind = kindOfLine(line);
    if (kind === 'plain' && said.push(line) > 200) said.shift();
    if (isShown && kind === 'plain') log(`${name}: ${line}`);
    if (isShown && kind === 'serious') log(readable(name, line));
  });
  // In a session of its own: Ctrl-C reaches the supervisor alone, which then stops everything in order. The pipe (3) is
  // never written to: its end tells the app that the supervisor is gone.
  const child = spawn(process.execPath, ['--enable-source-maps', entry], {
    stdio: ['ignore', output, output, 'pipe'],
    detached: true,
    env: { ...environment, HOOKLINE_PARENT_PIPE: '3' },
  });
  closeSync(output);
  const ended = new Promise((/** @type {(how: string) => void} */ resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
  }).finally(() => following.end());
  return {
    pid: child.pid ?? 0,
    ended,
    lastWords: () => summary(said),
    speakUp: () => {
      isShown = true;
    },
    stop: async () => {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), stopMilliseconds);
      await ended;
      clearTimeout(timer);
    },
  };
}

/**
 * The lines that say what went wrong, without the stack.
 * @param {readonly string[]} lines
 */
function summary(lines) {
  const errors = lines.filter((line) => /^(\w+ )*\w*Error\b.*:/.test(line));
  const plain = lines.filter((line) => /^\S/.test(line) && !line.startsWith('Node.js v'));
  return (errors.length > 0 ? errors.slice(0, 1) : plain.slice(0, 3)).join('; ');
}

/**
 * @param {App} app
 * @param {RunningApp} running
 */
export async function waitUntilReady(app, running) {
  /** @type {string | undefined} */
  let end;
  void running.ended.then((how) => {
    end = how;
  });
  const deadline = Date.now() + readyMilliseconds;
  for (let answer = 'no answer'; ; await wait(50)) {
    if (end !== undefined) {
      throw new Failure(`${app.name} did not start: ${running.lastWords() || end} (log: ${app.logFile})`);
    }
    if (Date.now() > deadline) {
      throw new Failure(
        `${app.name} was not ready after ${readyMilliseconds / 1000} s: ${answer} (log: ${app.logFile})`,
      );
    }
    try {
      const response = await fetch(`${app.privateUrl}/health/ready`, { signal: AbortSignal.timeout(5_000) });
      answer = `${response.status} ${(await response.text()).slice(0, 200)}`;
      if (response.status === 200) return;
    } catch {
      answer = 'no answer';
    }
  }
}
