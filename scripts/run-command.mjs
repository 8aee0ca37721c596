// @ts-check
import { spawn } from 'node:child_process';
import { Failure } from './process-output.mjs';

const keptOutput = 64 * 1024;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
process.on('exit', () => {
  for (const child of running) child.kill('SIGTERM');
});

/**
 * @typedef {object} CommandOptions
 * @property {string} [cwd]
 * @property {NodeJS.ProcessEnv} [env]
 * @property {number | undefined} [uid]
 * @property {number | undefined} [gid]
 */

/**
 * Runs a command to its end and returns its output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 * @returns {Promise<{code: number, output: string}>}
 */
export function runCommand(command, args, options = {}) {
  return new Promise((resolve) => {
    const { uid, gid, ...rest } = options;
    const child = spawn(command, args, {
      ...rest,
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    /** @param {Buffer} chunk */
    const keep = (chunk) => {
      output = (output + chunk.toString()).slice(-keptOutput);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => {
      running.delete(child);
      resolve({ code: code ?? 1, output });
    });
  });
}

/**
 * Like runCommand, but a command that fails is a Failure which shows the end of its output.
 * @param {string} what what the person at the terminal calls this step
 * @param {string} command
 * @param {readonly string[]} args
 * @param {CommandOptions} [options]
 */
export async function mustRun(what, command, args, options) {
  const { code, output } = await runCommand(command, args, options);
  if (code === 0) return output;
  throw new Failure(`${what} failed (exit code ${code}):\n${excerpt(output)}`);
}

/**
 * The reason stands at the beginning for some programs, at the end for others.
 * @param {string} text
 */
function excerpt(text) {
  const lines = text.trimEnd().split('\n');
  return lines.length <= 30
    ? lines.join('\n')
    : [...lines.slice(0, 12), '...', ...lines.slice(-16)].join('\n');
}

/**
 * @param {string} text
 * @param {number} count
 */
export function lastLines(text, count) {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
