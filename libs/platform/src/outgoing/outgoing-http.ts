import type { OnApplicationShutdown } from '@nestjs/common';
import { Agent, request, type Dispatcher } from 'undici';
import { AllowedAddresses } from './allowed-addresses.js';
import { guardedConnector, literalAddress } from './guarded-connect.js';
import { HostNames } from './host-names.js';
import { explain, type OutgoingFailure } from './outgoing-failure.js';
import { RunningDeadline } from './running-deadline.js';

export interface OutgoingRequest {
  readonly method: 'GET' | 'OPTIONS' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** For everything together: resolving, connecting, sending, and reading the whole answer; in ms of running time. */
  readonly timeout: number;
  /** Size of the answer's body at most. */
  readonly maximumAnswerBytes: number;
  /** What an answer with a larger body is: a failure, or one of which the rest is not read. */
  readonly overlong?: 'fail' | 'cut';
}

/** `duration` is in ms of running time. `detail` is a code for the log, free of addresses and content. */
export type OutgoingResult =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** By their names in lower case. */
      readonly headers: Readonly<Record<string, string | string[] | undefined>>;
      readonly body: Buffer;
      readonly duration: number;
    }
  | {
      readonly kind: 'failed';
      readonly failure: OutgoingFailure;
      readonly detail: string;
      readonly duration: number;
    };

type Answered = Pick<Extract<OutgoingResult, { kind: 'answered' }>, 'status' | 'headers' | 'body'>;
type Outcome = Answered | { failure: OutgoingFailure; detail: string };

const connectTimeout = 10_000;
const resolveTimeout = 2_000;

/**
 * The only way out to URLs that tenants registered: connections are kept open and lead to allowed addresses only,
 * redirects are not followed, and whatever the other side does is a result, never an exception.
 */
export class OutgoingHttp implements OnApplicationShutdown {
  private readonly allowed: AllowedAddresses;
  private readonly agent: Agent;

  /** @param allow ranges that may be reached although they are not public */
  constructor(
    allow: readonly string[],
    private readonly names = new HostNames(),
  ) {
    this.allowed = new AllowedAddresses(allow);
    this.agent = new Agent({
      connect: guardedConnector(this.allowed, this.names, connectTimeout),
      // As many connections as there are calls: whoever calls bounds these for each hook or endpoint. A bound for a server
      // would be shared by all applications that name it, and one whose calls hang would use it up for the others.
      // One deadline covers the whole exchange, so undici's own have nothing to add.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  post(outgoing: Omit<OutgoingRequest, 'method'>): Promise<OutgoingResult> {
    return this.send({ method: 'POST', ...outgoing });
  }

  async send(outgoing: OutgoingRequest): Promise<OutgoingResult> {
    const deadline = RunningDeadline.start(outgoing.timeout);
    const { signal } = deadline;
    let outcome = await this.attempt(outgoing, signal);
    // A server may close an idle connection just when we write to it. That says nothing about the server, and what is
    // sent from here carries an id that stays the same: once more, on another connection.
    if (wasCutOff(outcome) && !signal.aborted) outcome = await this.attempt(outgoing, signal);
    deadline.stop();
    const duration = Math.round(deadline.elapsed);
    if (!('failure' in outcome)) return { kind: 'answered', ...outcome, duration };
    const { failure, detail } = outcome;
    return { kind: 'failed', failure: deadline.wasPaused ? 'paused' : failure, detail, duration };
  }

  /**
   * For the moment of registration, so that a mistake is noticed early; what counts is the check at every connect. A
   * name that cannot be resolved at the moment may become usable, and is let through.
   */
  async checkUrl(url: string): Promise<'allowed' | 'address_not_allowed'> {
    const { hostname } = new URL(url);
    const literal = literalAddress(hostname);
    const addresses = literal === undefined ? await this.resolveWithin(resolveTimeout, hostname) : [literal];
    const usable = addresses.length === 0 || addresses.some((address) => this.allowed.allows(address));
    return usable ? 'allowed' : 'address_not_allowed';
  }

  async onApplicationShutdown(): Promise<void> {
    await this.agent.destroy();
  }

  private async resolveWithin(timeout: number, hostname: string): Promise<string[]> {
    const found = this.names.addresses(hostname).then(
      (addresses) => addresses.map(({ address }) => address),
      () => [],
    );
    let timer: NodeJS.Timeout | undefined;
    const gaveUp = new Promise<string[]>((resolve) => {
      timer = setTimeout(resolve, timeout, []);
    });
    try {
      return await Promise.race([found, gaveUp]);
    } finally {
      clearTimeout(timer);
    }
  }

  private async attempt(outgoing: OutgoingRequest, deadline: AbortSignal): Promise<Outcome> {
    try {
      const answer = await request(outgoing.url, {
        dispatcher: this.agent,
        method: outgoing.method,
        headers: outgoing.headers,
        ...(outgoing.body !== undefined && { body: outgoing.body }),
        signal: deadline,
      });
      return await readAnswer(answer, outgoing);
    } catch (error) {
      return deadline.aborted ? { failure: 'timeout', detail: 'deadline' } : explain(error);
    }
  }
}

async function readAnswer(
  { statusCode, headers, body }: Dispatcher.ResponseData,
  { maximumAnswerBytes, overlong = 'fail' }: OutgoingRequest,
): Promise<Outcome> {
  // Leaving a body unread destroys its stream, which then also reports that as an error.
  body.on('error', () => undefined);
  if (statusCode >= 300 && statusCode < 400) {
    body.destroy();
    return { failure: 'redirect', detail: `status_${statusCode}` };
  }
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    chunks.push(chunk);
    if (size <= maximumAnswerBytes) continue;
    if (overlong === 'fail') return { failure: 'answer_too_large', detail: `status_${statusCode}` };
    // Ends the connection with it: what would still come has no end.
    break;
  }
  return { status: statusCode, headers, body: Buffer.concat(chunks).subarray(0, maximumAnswerBytes) };
}

function wasCutOff(outcome: Outcome): boolean {
  if (!('failure' in outcome)) return false;
  return ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(outcome.detail);
}
