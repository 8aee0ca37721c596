import { Injectable } from '@nestjs/common';
import { NoRespondersError, RequestError, TimeoutError, type Subscription } from '@nats-io/transport-node';
import { Log } from '../log.js';
import { NatsConnection } from './nats-connection.js';

/** A question that some app answers: structurally what `call()` of the contracts makes. */
export interface BusCall<Question, Answer> {
  readonly subject: string;
  readonly question: { parse(value: unknown): Question };
  readonly answer: { parse(value: unknown): Answer };
  /** How long the asker waits, in ms. */
  readonly timeout: number;
}

/** Why a question has no answer. */
export type BusFailure =
  | { readonly kind: 'remote'; readonly error: unknown }
  | { readonly kind: 'nobody_answers' }
  /** It was heard, but whoever answers cannot reach its database; what became of it is not known. */
  | { readonly kind: 'database_away' }
  | { readonly kind: 'timeout' };

/** Turns a failure into the error that the app throws; errors are a business word that the platform does not know. */
export abstract class BusErrors {
  abstract revive(failure: BusFailure): Error;
}

/** The reply of Nest's NATS transport. */
interface Reply<Answer> {
  readonly err?: unknown;
  readonly response?: Answer;
}

/**
 * Asks and tells over NATS. Questions have the form of Nest's NATS transport, which answers them, but travel over the
 * app's one connection with its shared inbox; Nest's client would open a subscription for every question.
 */
@Injectable()
export class Bus {
  constructor(
    private readonly nats: NatsConnection,
    private readonly errors: BusErrors,
    private readonly log: Log,
  ) {}

  /** @throws what `BusErrors` makes of the failure */
  async ask<Question, Answer>(call: BusCall<Question, Answer>, question: Question): Promise<Answer> {
    // The client would keep the question for the server's return, long after the asker has given up.
    if (!this.nats.isConnected) throw this.errors.revive({ kind: 'nobody_answers' });
    let reply: Reply<Answer>;
    try {
      const message = await this.nats.connection.request(call.subject, this.packet(call.subject, question), {
        timeout: call.timeout,
      });
      reply = message.json();
    } catch (error) {
      throw this.errors.revive(failureOf(error));
    }
    return this.unwrap(reply);
  }

  /**
   * Asks every replica that listens. Ends as soon as `enough` says so, or after the call's time-out with what has come;
   * replicas that answer with an error are left out.
   */
  async askAll<Question, Answer>(
    call: BusCall<Question, Answer>,
    question: Question,
    enough: (answers: readonly Answer[]) => boolean,
  ): Promise<Answer[]> {
    const answers: Answer[] = [];
    if (enough(answers)) return answers;
    const messages = await this.nats.connection.requestMany(
      call.subject,
      this.packet(call.subject, question),
      {
        strategy: 'timer',
        maxWait: call.timeout,
      },
    );
    for await (const message of messages) {
      if (message.data.length === 0) break; // no responders
      const reply = message.json<Reply<Answer>>();
      if (reply.err === undefined && reply.response !== undefined) answers.push(reply.response);
      if (enough(answers)) break;
    }
    return answers;
  }

  /** Tells whoever listens; nobody may. */
  publish(subject: string, payload: unknown): void {
    this.publishText(subject, JSON.stringify(payload));
  }

  /** `publish` for what is encoded already. */
  publishText(subject: string, json: string): void {
    this.nats.connection.publish(subject, json);
  }

  /** Hears a subject until the subscription is closed. A payload that cannot be heard is logged and passed over. */
  subscribe(subject: string, hear: (payload: unknown) => void): Subscription {
    return this.nats.connection.subscribe(subject, {
      callback: (error, message) => {
        if (error !== null) return;
        try {
          hear(message.json());
        } catch (failure) {
          // Thrown on, it would end the reading of the whole connection. A neighbouring release may publish what this
          // one does not know.
          this.log.error(
            { subject, kind: failure instanceof Error ? failure.name : typeof failure },
            'a message could not be heard',
          );
        }
      },
    });
  }

  /** Resolves when the server has taken every subscription and publication made so far. */
  async flush(): Promise<void> {
    await this.nats.connection.flush();
  }

  /** With an id it is a question to Nest; the reply's own subject says which one is answered. */
  private packet(pattern: string, data: unknown): string {
    return JSON.stringify({ pattern, id: pattern, data });
  }

  private unwrap<Answer>(reply: Reply<Answer>): Answer {
    if (reply.err !== undefined && reply.err !== null)
      throw this.errors.revive({ kind: 'remote', error: reply.err });
    return reply.response as Answer;
  }
}

function failureOf(error: unknown): BusFailure {
  if (error instanceof NoRespondersError) return { kind: 'nobody_answers' };
  if (error instanceof RequestError && error.isNoResponders()) return { kind: 'nobody_answers' };
  if (error instanceof TimeoutError) return { kind: 'timeout' };
  return { kind: 'nobody_answers' };
}
