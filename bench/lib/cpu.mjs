// @ts-check
// CPU time and memory of processes, from /proc. Elsewhere than on Linux there is none, and nothing is reported.
import { readdirSync, readFileSync } from 'node:fs';

/** Clock ticks per second in /proc/<pid>/stat: 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;

/** @param {number} pid @returns {string[] | undefined} the fields of stat after the name: state, parent, ... */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/**
 * CPU seconds of a process, of its living children, and of those that have ended: PostgreSQL is one process per
 * connection.
 * @param {number} pid
 */
function cpuSeconds(pid) {
  const own = statOf(pid);
  if (own === undefined) return Number.NaN;
  const [user, system, childrenUser, childrenSystem] = own.slice(11, 15).map(Number);
  let ticks = (user ?? 0) + (system ?? 0) + (childrenUser ?? 0) + (childrenSystem ?? 0);
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const child = statOf(Number(entry));
    if (Number(child?.[1]) === pid) ticks += Number(child?.[11]) + Number(child?.[12]);
  }
  return ticks / ticksPerSecond;
}

/**
 * @param {Readonly<Record<string, number>>} pids by name
 * @returns {Record<string, number>} CPU seconds so far
 */
export function cpuOf(pids) {
  return Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, cpuSeconds(pid)]));
}

/** @param {number} pid @returns {number} KiB in memory */
export function residentKibibytes(pid) {
  try {
    return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return Number.NaN;
  }
}
