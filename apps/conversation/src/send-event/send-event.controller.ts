import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import {
  laterOutcomeSubject,
  sendEvents,
  type SendCommand,
  type SendOutcome,
  type SendResult,
} from '#contracts/sending.js';
import { busErrors, HooklineError } from '#contracts/errors.js';
import { Answers } from '#platform/bus/answers.js';
import { Bus } from '#platform/bus/bus.js';
import { questionsInFlight } from '#platform/bus/in-flight.js';
import { OutageLog } from '#platform/database/outage-log.js';
import { Log } from '#platform/log.js';
import { UsersStore } from '../store/users.store.js';
import { SendEvent } from './send-event.js';

type Question = z.output<typeof sendEvents.question>;
type Answer = z.output<typeof sendEvents.answer>;

@Controller()
export class SendEventController {
  constructor(
    private readonly sending: SendEvent,
    private readonly users: UsersStore,
    private readonly bus: Bus,
    private readonly outages: OutageLog,
    private readonly log: Log,
  ) {}

  @Answers(sendEvents)
  async send({ gateway, commands }: Question): Promise<Answer> {
    return { results: await Promise.all(commands.map((command) => this.answer(gateway, command))) };
  }

  private async answer(gateway: string, command: SendCommand): Promise<Answer['results'][number]> {
    try {
      // A member exists; only the master key can name a sender who does not.
      const { applicationId, asMaster, senderId, to = [] } = command;
      if (asMaster && (await this.users.find(applicationId, senderId)) === null)
        throw new HooklineError('user_not_found');
      if (to.length > 0) await this.users.require(applicationId, to);
      const { waitsForHooks, outcome } = await this.sending.begin(command);
      if (!waitsForHooks) return { kind: 'outcome', outcome: await outcome };
      void this.tellLater(gateway, command.commandId, outcome);
      return { kind: 'later' };
    } catch (error) {
      return this.refused(error);
    }
  }

  /** Never rejects. A replica that stops waits for it, as for every answer that it owes. */
  private async tellLater(gateway: string, commandId: string, outcome: Promise<SendOutcome>): Promise<void> {
    questionsInFlight.enter();
    const result = await outcome.then(
      (settled): SendResult => ({ kind: 'outcome', outcome: settled }),
      (error: unknown) => this.refused(error),
    );
    try {
      this.bus.publish(laterOutcomeSubject(gateway), { commandId, result });
    } catch (error) {
      this.log.warn(
        { commandId, reason: String(error) },
        'an outcome could not be told; repeating the command will',
      );
    }
    questionsInFlight.leave();
  }

  private refused(error: unknown): SendResult {
    const known = this.outages.explains(error) ? busErrors.revive({ kind: 'database_away' }) : error;
    if (known instanceof HooklineError) return { kind: 'error', error: known.toWire() };
    this.log.error({ error }, 'a command failed');
    return { kind: 'error', error: new HooklineError('internal_error').toWire() };
  }
}
