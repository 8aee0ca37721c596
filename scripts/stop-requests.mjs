// @ts-check
import { Socket } from 'node:net';

/** @type {(signal: string) => void} */
let handler = () => undefined;
let isWatching = false;

/**
 * Replaces what happens when this process is asked to stop: by a signal, by the end of the pipe from its parent, or by
 * the death of the npm that started it. May be called many times for one wish: npm and a terminal repeat signals.
 * @param {(signal: string) => void} newHandler
 */
export function whenAskedToStop(newHandler) {
  handler = newHandler;
  if (isWatching) return;
  isWatching = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => handler(signal));
  watchParentPipe();
  watchNpm();
}

function watchParentPipe() {
  const descriptor = process.env['HOOKLINE_PARENT_PIPE'];
  if (descriptor === undefined) return;
  const pipe = new Socket({ fd: Number(descriptor), readable: true, writable: false });
  pipe.on('error', () => undefined);
  pipe.once('close', () => handler('SIGTERM'));
  pipe.resume();
  pipe.unref();
}

// package.json says `exec node ...`, so that npm's shell becomes this process: a shell between the two would pass on no
// signals, and hide npm's death.
function watchNpm() {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const npm = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === npm) return;
    clearInterval(timer);
    handler('SIGTERM');
  }, 500);
  timer.unref();
}
