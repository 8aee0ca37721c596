// @ts-check
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { isWorthShowing, readable } from './app-log.mjs';
import { Failure } from './process-output.mjs';

const stopMilliseconds = 15_000;
const readyMilliseconds = 60_000;

/**
 * @typedef {object} App
 * @property {string} name
 * @property {string} entry the file to run
 * @property {NodeJS.ProcessEnv} environment
 * @property {string} privateUrl where /health is
 * @property {string} logFile gets all that the app writes
 * @property {import('./process-output.mjs').Log} log gets warnings and errors, one readable line each
 */

/**
 * @typedef {import('./leashed.mjs').RunningProcess & {lastWords: () => string, speakUp: () => void}} RunningApp
 * `lastWords`: what it said on stderr; `speakUp`: from now on its warnings and errors are shown
 */

/**
 * @param {App} app
 * @returns {RunningApp}
 */
export function launchApp({ name, entry, environment, logFile, log }) {
  // In a session of its own: Ctrl-C reaches the supervisor alone, which then stops everything in order. The pipe (3) is
  // never written to: its end tells the app that the supervisor is gone.
  const child = spawn(process.execPath, ['--enable-source-maps', entry], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...environment, HOOKLINE_PARENT_PIPE: '3' },
  });
  const file = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
  file.on('error', () => undefined);
  let isShown = false;
  /** @type {string[]} */
  const said = [];
  eachLine(child.stdout, (line) => {
    file.write(`${line}\n`);
    if (isShown && isWorthShowing(line)) log(readable(name, line));
  });
  eachLine(child.stderr, (line) => {
    file.write(`${line}\n`);
    said.push(line);
    if (said.length > 200) said.shift();
    if (isShown) log(`${name}: ${line}`);
  });
  const ended = new Promise((/** @type {(how: string) => void} */ resolve) => {
    child.on('error', (error) => resolve(error.message));
    // `close`, not `exit`: what it said last has been read by then.
    child.on('close', (code, signal) => {
      file.end();
      resolve(signal === null ? `exit code ${code}` : `signal ${signal}`);
    });
  });
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
 * @param {import('node:stream').Readable | null} stream
 * @param {(line: string) => void} take
 */
function eachLine(stream, take) {
  if (stream !== null) createInterface({ input: stream }).on('line', take);
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
