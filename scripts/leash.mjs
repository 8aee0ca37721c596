// @ts-check
// Holds a program that cannot watch a pipe itself (PostgreSQL, nats-server): starts it, and stops it as soon as the
// process that started this one is gone, even by SIGKILL.
//
// argv: JSON {command, args, cwd?, uid?, gid?, stopSignal, graceMilliseconds}; tells {pid} on the IPC channel.
import { spawn } from 'node:child_process';

/** @typedef {import('./leashed.mjs').LeashedCommand} LeashedCommand */

const { command, args, cwd, uid, gid, stopSignal, graceMilliseconds } = /** @type {LeashedCommand} */ (
  JSON.parse(process.argv[2] ?? '{}')
);

const program = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  ...(cwd === undefined ? {} : { cwd }),
  ...(uid === undefined ? {} : { uid }),
  ...(gid === undefined ? {} : { gid }),
});

let isStopping = false;

function stop() {
  if (isStopping) return;
  isStopping = true;
  program.kill(stopSignal);
  setTimeout(() => program.kill('SIGKILL'), graceMilliseconds);
}

process.on('disconnect', stop);
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGINT', 'SIGHUP'])) process.on(signal, stop);

program.on('error', (error) => {
  process.stderr.write(`${command} could not be started: ${error.message}\n`);
  process.exit(127);
});
program.on('exit', (code, signal) => {
  if (signal !== null) process.stderr.write(`${command} was ended by ${signal}\n`);
  process.exit(isStopping ? 0 : (code ?? 1));
});

if (program.pid !== undefined) process.send?.({ pid: program.pid });
// The parent may have died before this process listened.
if (!process.connected) stop();
