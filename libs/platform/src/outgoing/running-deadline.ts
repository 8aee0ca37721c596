/** How often running time is counted (ms). */
const tickLength = 25;
/** A tick after more than this (ms) is late; timers are a little late in a busy process too. */
const lateAfter = 2 * tickLength;
/** A tick after more than this (ms) tells of a pause, which counts as one tick. */
const pauseLength = 500;

/**
 * A deadline in running time: it counts only while this process runs. What is paused (SIGSTOP, a virtual machine that
 * stands still) can neither send nor read, so that time is not the other side's.
 *
 * `tick` is called every 25 ms by a timer that `start` sets and `stop` clears.
 */
export class RunningDeadline {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private counted = 0;
  private paused = false;
  private last: number;

  /**
   * @param timeout in ms
   * @param now a monotonic clock, in ms
   */
  constructor(
    private readonly timeout: number,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.last = now();
  }

  static start(timeout: number): RunningDeadline {
    const deadline = new RunningDeadline(timeout);
    deadline.timer = setInterval(() => {
      deadline.tick();
    }, tickLength);
    return deadline;
  }

  /** Aborted when the time is up. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Running time until the last tick, in ms. */
  get elapsed(): number {
    return this.counted;
  }

  /** Whether the process stood still until the last tick. */
  get wasPaused(): boolean {
    return this.paused;
  }

  tick(): void {
    const now = this.now();
    const passed = now - this.last;
    this.last = now;
    const before = this.counted;
    const isPause = passed > pauseLength;
    this.counted += isPause ? tickLength : passed;
    if (isPause) this.paused = true;
    // Timers run before what has come meanwhile is read: a late tick leaves one more tick for that.
    if ((passed > lateAfter ? before : this.counted) >= this.timeout) this.controller.abort();
  }

  /** Counts the rest, and no more. */
  stop(): void {
    this.tick();
    clearInterval(this.timer);
  }
}
