import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v4 as uuidv4, v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import {
  laterOutcome,
  laterOutcomePatience,
  laterOutcomeSubject,
  sendEvents,
  type SendCommand,
  type SendOutcome,
  type SendResult,
} from '#contracts/conversation.js';
import { HooklineError } from '#contracts/errors.js';
import { oversized } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { Bus } from '#platform/bus/bus.js';

/** Outcomes of a send that are answered as success; a rejection is an error with the hook's own code and detail. */
export type AcceptedOutcome = Exclude<SendOutcome, { outcome: 'rejected' }>;

interface Waiting {
  readonly command: SendCommand;
  readonly resolve: (result: SendResult) => void;
  readonly reject: (error: unknown) => void;
  /** Runs while only a later outcome can settle it. */
  timer?: NodeJS.Timeout;
}

/** Questions under way at the same time; what arrives meanwhile travels together in the next. */
const questionsAtOnce = 4;
const commandsAtOnce = 128;
/** Commands that may wait in one gateway; one more is refused. */
const commandsWaiting = 5_000;
/** Bytes of one question, at most about: far below the server's limit for a payload. */
const bytesAtOnce = 512 * 1024;
/** A replica that does not answer may have died: another is asked. Commands are safe to repeat. */
const attempts = 3;

/** Hands commands to the conversation app, as many as are ready with one question. */
@Injectable()
export class CommandSender implements OnModuleInit {
  private readonly gateway = uuidv4();
  private readonly queue: Waiting[] = [];
  /** Asked and not settled, by command id. */
  private readonly asked = new Map<string, Waiting>();
  private asking = 0;

  constructor(private readonly bus: Bus) {}

  async onModuleInit(): Promise<void> {
    this.bus.subscribe(laterOutcomeSubject(this.gateway), (payload) => {
      const { commandId, result } = laterOutcome.parse(payload);
      const waiting = this.asked.get(commandId);
      if (waiting !== undefined) this.settle(waiting, result);
    });
    await this.bus.flush();
  }

  /** @throws HooklineError rejected_by_hook among others */
  async send(command: Omit<SendCommand, 'commandId'>): Promise<AcceptedOutcome> {
    const tooLarge = oversized(command.draft);
    if (tooLarge !== null) throw new HooklineError(tooLarge);
    if (this.queue.length >= commandsWaiting) throw new HooklineError('overloaded');
    const result = await new Promise<SendResult>((resolve, reject) => {
      this.queue.push({ command: { ...command, commandId: uuidv7() }, resolve, reject });
      this.next();
    });
    if (result.kind === 'error') throw HooklineError.fromWire(result.error);
    const { outcome } = result;
    if (outcome.outcome !== 'rejected') return outcome;
    const { code, detail } = outcome;
    throw new HooklineError('rejected_by_hook', detail, { hook: { code, detail } });
  }

  private next(): void {
    if (this.asking >= questionsAtOnce || this.queue.length === 0) return;
    this.asking += 1;
    void this.ask(this.take()).finally(() => {
      this.asking -= 1;
      this.next();
    });
  }

  private take(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { command } of this.queue) {
      bytes += weightOf(command);
      if (count === commandsAtOnce || (count > 0 && bytes > bytesAtOnce)) break;
      count += 1;
    }
    return this.queue.splice(0, count);
  }

  /** Never rejects. */
  private async ask(batch: readonly Waiting[]): Promise<void> {
    // Heard before the question is asked: an outcome may overtake the answer that announces it.
    for (const waiting of batch) this.asked.set(waiting.command.commandId, waiting);
    try {
      const { results } = await this.askSomebody(batch.map(({ command }) => command));
      for (const [index, waiting] of batch.entries()) {
        const result = results[index] ?? {
          kind: 'error',
          error: new HooklineError('internal_error').toWire(),
        };
        if (result.kind === 'later') this.awaitLater(waiting);
        else this.settle(waiting, result);
      }
    } catch (error) {
      for (const waiting of batch) {
        this.asked.delete(waiting.command.commandId);
        waiting.reject(error);
      }
    }
  }

  private async askSomebody(commands: SendCommand[]): Promise<z.output<typeof sendEvents.answer>> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.bus.ask(sendEvents, { gateway: this.gateway, commands });
      } catch (error) {
        const isSilent = error instanceof HooklineError && error.code === 'timeout';
        if (!isSilent || attempt === attempts) throw error;
      }
    }
  }

  private settle(waiting: Waiting, result: SendResult): void {
    clearTimeout(waiting.timer);
    this.asked.delete(waiting.command.commandId);
    waiting.resolve(result);
  }

  private awaitLater(waiting: Waiting): void {
    const { commandId } = waiting.command;
    if (!this.asked.has(commandId)) return;
    waiting.timer = setTimeout(() => {
      this.asked.delete(commandId);
      waiting.reject(new HooklineError('timeout'));
    }, laterOutcomePatience);
  }
}

/** At most about: a character takes up to three bytes, or six when it is escaped. */
function weightOf({ draft }: SendCommand): number {
  const frame = 600;
  if (draft.kind === 'custom') return frame + 2 * limits.customEventDataBytes;
  const { content } = draft;
  switch (content.type) {
    case 'text':
      return frame + content.text.length * 3;
    case 'binary':
      return frame + content.data.length;
    case 'json':
      return frame + limits.messageBytes;
  }
}
