import { Injectable, type OnModuleInit } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import type { z } from 'zod';
import {
  laterOutcome,
  laterOutcomePatience,
  laterOutcomeSubject,
  newCommand,
  sendEvents,
  type NewCommand,
  type SendCommand,
  type SendOutcome,
  type SendResult,
} from '#contracts/sending.js';
import { HooklineError, invalidRequest } from '#contracts/errors.js';
import { oversized } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { Batches, BatchesFull } from '#platform/batching/batches.js';
import { Bus } from '#platform/bus/bus.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';

/** Outcomes of a send that are answered as success; a rejection is an error with the hook's own code and detail. */
export type AcceptedOutcome = Exclude<SendOutcome, { outcome: 'rejected' }>;

type Answer = z.output<typeof sendEvents.answer>['results'][number];

/** Commands that may wait for one conversation, and in one gateway; one more is refused. */
const waitingPerConversation = 1_000;
const waitingAtMost = 5_000;
/** Their bytes, at most about. */
const bytesWaiting = 32 * 1024 * 1024;
/** Bytes of one question, at most about: far below the server's limit for a payload. */
const bytesAtOnce = 512 * 1024;
/** A replica that does not answer may have died: another is asked. Commands are safe to repeat. */
const attempts = 3;

/** Hands commands to the conversation app, as many as are ready with one question. */
@Injectable()
export class CommandSender implements OnModuleInit {
  private readonly gateway = uuidv4();
  private readonly questions: Batches<SendCommand, Answer>;
  /** Who hears outcomes that come later than their question's answer, by command id. */
  private readonly listening = new Map<string, (result: SendResult) => void>();

  constructor(private readonly bus: Bus) {
    this.questions = new Batches({
      // One at a time makes the largest batches; what takes longer than a commit usually does is not waited for.
      usual: 1,
      most: 8,
      patience: 25,
      maximumBatch: 128,
      maximumWeight: bytesAtOnce,
      weightOf,
      maximumPerLane: waitingPerConversation,
      maximumWaiting: waitingAtMost,
      maximumWaitingWeight: bytesWaiting,
      laneOf: ({ applicationId, conversationId }) => `${applicationId}/${conversationId}`,
      run: (commands) => this.ask(commands),
    });
  }

  async onModuleInit(): Promise<void> {
    this.bus.subscribe(laterOutcomeSubject(this.gateway), (payload) => {
      const { commandId, result } = laterOutcome.parse(payload);
      this.listening.get(commandId)?.(result);
    });
    await this.bus.flush();
  }

  /**
   * The same for dialects, which make commands of what their own schemas have let through. A question with one that the contract
   * does not take is answered with nothing, and others' commands travel in it: such a command is refused before.
   *
   * @throws HooklineError invalid_request, rejected_by_hook among others
   */
  async sendTranslated(command: NewCommand): Promise<AcceptedOutcome> {
    const parsed = newCommand.safeParse(command);
    if (!parsed.success) throw invalidRequest(parsed.error);
    return this.send(parsed.data);
  }

  /** @param command as a contract has parsed it. @throws HooklineError rejected_by_hook among others */
  async send(command: NewCommand): Promise<AcceptedOutcome> {
    const tooLarge = oversized(command.draft);
    if (tooLarge !== null) throw new HooklineError(tooLarge);
    const result = await this.resultOf({ ...command, commandId: timeOrderedId() });
    if (result.kind === 'error') throw HooklineError.fromWire(result.error);
    const { outcome } = result;
    if (outcome.outcome !== 'rejected') return outcome;
    const { code, detail } = outcome;
    throw new HooklineError('rejected_by_hook', detail, { hook: { code, detail } });
  }

  private async resultOf(command: SendCommand): Promise<SendResult> {
    // Listens before it asks: an outcome may overtake the answer that announces it.
    const later = Promise.withResolvers<SendResult>();
    this.listening.set(command.commandId, later.resolve);
    let timer: NodeJS.Timeout | undefined;
    try {
      const answer = await this.questions.submit(command);
      if (answer.kind !== 'later') return answer;
      timer = setTimeout(() => {
        later.reject(new HooklineError('timeout'));
      }, laterOutcomePatience);
      return await later.promise;
    } catch (error) {
      throw error instanceof BatchesFull ? new HooklineError('overloaded') : error;
    } finally {
      clearTimeout(timer);
      this.listening.delete(command.commandId);
    }
  }

  private async ask(commands: readonly SendCommand[]): Promise<readonly Answer[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const question = { gateway: this.gateway, commands: [...commands] };
        return (await this.bus.ask(sendEvents, question)).results;
      } catch (error) {
        const isSilent = error instanceof HooklineError && error.code === 'timeout';
        if (!isSilent || attempt === attempts) throw error;
      }
    }
  }
}

/** At most about: a character takes up to three bytes, or six when it is escaped. */
function weightOf({ draft, push }: SendCommand): number {
  if (draft.kind === 'custom') return 600 + 2 * limits.customEventDataBytes;
  const { content, mentions } = draft;
  const frame = 600 + jsonWeight(mentions) + jsonWeight(push);
  switch (content.type) {
    case 'text':
      return frame + content.text.length * 3;
    case 'binary':
      return frame + content.data.length;
    case 'json':
      return frame + jsonWeight(content.json);
  }
}

function jsonWeight(value: unknown): number {
  return value === undefined ? 0 : JSON.stringify(value).length * 3;
}
