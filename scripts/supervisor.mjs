// @ts-check
// Starts services in the order it is told to, restarts those that die, and stops all in reverse order.
//
//   starting --ready--> running --ended--> waiting --back-off--> starting ...
//
// While the first start has not succeeded, a failure is the caller's; later ones are answered by restarting.
import { setTimeout as wait } from 'node:timers/promises';

const firstBackOff = 500;
const longestBackOff = 30_000;
// Who ran this long was healthy: its next death is a new story.
const healthyAfter = 60_000;
const patienceWithLaunches = 15_000;

/** @typedef {import('./leashed.mjs').RunningProcess} RunningProcess */

/**
 * @typedef {object} Service
 * @property {string} name
 * @property {number} tier what has the highest tier is stopped first; one tier is stopped at once
 * @property {string} logFile
 * @property {string | undefined} url
 * @property {string | undefined} privateUrl
 * @property {() => Promise<RunningProcess>} launch resolves when there is a process
 * @property {(running: RunningProcess) => Promise<void>} [ready] resolves when it can be used
 */

/** @typedef {{service: Service, running: RunningProcess | undefined, launching: Promise<RunningProcess> | undefined}} Kept */

export class Supervisor {
  /** @type {Kept[]} */
  #kept = [];
  #stopping = new AbortController();
  #log;
  #onChange;

  /**
   * @param {object} options
   * @param {import('./process-output.mjs').Log} options.log
   * @param {() => void} options.onChange called when a process has come or gone
   */
  constructor({ log, onChange }) {
    this.#log = log;
    this.#onChange = onChange;
  }

  /** @returns {{name: string, pid: number, url: string | null, privateUrl: string | null, logFile: string}[]} */
  get processes() {
    return this.#kept.flatMap(({ service: { name, url, privateUrl, logFile }, running }) =>
      running === undefined
        ? []
        : [{ name, pid: running.pid, url: url ?? null, privateUrl: privateUrl ?? null, logFile }],
    );
  }

  /**
   * Starts a service and looks after it from then on. Throws when it does not become ready.
   * @param {Service} service
   */
  async start(service) {
    /** @type {Kept} */
    const kept = { service, running: undefined, launching: undefined };
    this.#kept.push(kept);
    await this.#launch(kept);
    this.#watch(kept, firstBackOff);
  }

  /** Stops everything; what does not stop in time is killed. */
  async stop() {
    this.#stopping.abort();
    const tiers = [...new Set(this.#kept.map(({ service }) => service.tier))].sort(
      (one, other) => other - one,
    );
    for (const tier of tiers) {
      await Promise.all(
        this.#kept.filter(({ service }) => service.tier === tier).map((kept) => this.#stopOne(kept)),
      );
    }
  }

  /** @param {Kept} kept */
  async #stopOne(kept) {
    // A server that is just being launched can be stopped when it is there.
    await Promise.race([
      kept.launching?.catch(() => undefined),
      wait(patienceWithLaunches, undefined, { ref: false }),
    ]);
    await kept.running?.stop();
    kept.running = undefined;
  }

  /** @param {Kept} kept */
  async #launch(kept) {
    this.#stopping.signal.throwIfAborted();
    kept.launching = kept.service.launch();
    kept.running = await kept.launching;
    this.#onChange();
    await kept.service.ready?.(kept.running);
  }

  /**
   * @param {Kept} kept
   * @param {number} backOff milliseconds
   */
  #watch(kept, backOff) {
    const { running } = kept;
    const startedAt = Date.now();
    void running?.ended.then((how) => {
      if (this.#stopping.signal.aborted) return;
      kept.running = undefined;
      this.#onChange();
      void this.#restart(kept, how, Date.now() - startedAt >= healthyAfter ? firstBackOff : backOff);
    });
  }

  /**
   * @param {Kept} kept
   * @param {string} how
   * @param {number} backOff milliseconds
   */
  async #restart(kept, how, backOff) {
    const { name } = kept.service;
    let reason = `${name} ended (${how})`;
    for (let delay = backOff; ; delay = Math.min(delay * 2, longestBackOff)) {
      this.#log(`${reason}: restarting it in ${delay / 1000} s`);
      try {
        await wait(delay, undefined, { signal: this.#stopping.signal });
      } catch {
        return;
      }
      try {
        await this.#launch(kept);
        this.#log(`${name} runs again`);
        this.#watch(kept, Math.min(delay * 2, longestBackOff));
        return;
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        await kept.running?.stop();
        kept.running = undefined;
        reason = error instanceof Error ? error.message : String(error);
      }
    }
  }
}
