import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { InFlight } from '#platform/bus/in-flight.js';

/** The commands of one socket that are under way, over all of its conversations. */
export class Commands {
  private readonly inFlight = new InFlight();
  private refusal: HooklineError | null = null;

  /** @param admit throws when the client asks too often */
  constructor(private readonly admit: () => void) {}

  /**
   * Runs the work, which ends with the command's acknowledgement.
   *
   * @throws HooklineError rate_limited, too_many_commands, or the reason why no more are taken
   */
  async run(work: () => Promise<void>): Promise<void> {
    if (this.refusal !== null) throw this.refusal;
    if (this.inFlight.size >= limits.socketCommands) throw new HooklineError('too_many_commands');
    this.admit();
    this.inFlight.enter();
    try {
      await work();
    } finally {
      this.inFlight.leave();
    }
  }

  /** Takes no more; resolves when those under way are acknowledged, or after `patience` ms. */
  async finish(reason: HooklineError, patience: number): Promise<void> {
    this.refusal = reason;
    await this.inFlight.idle(patience);
  }
}
