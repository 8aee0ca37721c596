import { Injectable } from '@nestjs/common';
import type { HookRequest } from '#contracts/hooks/requests.js';
import { limits } from '#contracts/limits.js';
import { Log } from '#platform/log.js';
import { OutgoingHttp, type OutgoingResult } from '#platform/outgoing/outgoing-http.js';
import { signatureHeaders } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import type { StoredHook } from '../store/hooks.store.js';
import { readAnswer } from './read-answer.js';

/** `failure` is a name for log and caller, such as `timeout` or `status_500`; `paused` is ours and not the hook's. */
export type HookCallResult<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: string };

/** What the caller needs of a request: the rest is for the hook's server alone. */
type Request = Pick<HookRequest, 'id' | 'hook'> & { readonly conversation?: { readonly id: string } };

interface Asking<Answer> {
  /** In ms of running time, for the whole call; without any left it fails without one. */
  readonly timeout: number;
  /** What the answer, a JSON value, means; null when it means nothing. */
  readonly read: (value: unknown) => Answer | null;
}

/** Calls hook servers: a signed POST of JSON, and one log line for each. */
@Injectable()
export class HookCaller {
  constructor(
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
    private readonly log: Log,
  ) {}

  /** @returns also the call's `duration`, in ms of running time */
  async ask<Answer extends { readonly kind: string }>(
    hook: StoredHook,
    request: Request,
    { timeout, read }: Asking<Answer>,
  ): Promise<HookCallResult<Answer> & { readonly duration: number }> {
    const result = await this.post(hook, request, timeout);
    const heard = result.kind === 'failed' ? result : readAnswer(result.status, result.body);
    const answer = heard.kind === 'failed' ? null : read(heard.value);
    const failure = heard.kind === 'failed' ? heard.failure : 'invalid_answer';
    this.record(hook, request, result, answer === null ? failure : answer.kind);
    const { duration } = result;
    return answer === null ? { kind: 'failed', failure, duration } : { kind: 'answered', answer, duration };
  }

  /** Any 2xx will do; what it says is ignored. */
  async tell(hook: StoredHook, request: Request): Promise<HookCallResult<null>> {
    const result = await this.post(hook, request, hook.deadline);
    const isHeard = result.kind === 'answered' && result.status >= 200 && result.status < 300;
    const outcome = isHeard ? 'heard' : result.kind === 'failed' ? result.failure : `status_${result.status}`;
    this.record(hook, request, result, outcome);
    return isHeard ? { kind: 'answered', answer: null } : { kind: 'failed', failure: outcome };
  }

  private async post(hook: StoredHook, request: Request, timeout: number): Promise<OutgoingResult> {
    if (timeout <= 0) return { kind: 'failed', failure: 'timeout', detail: 'no_time_left', duration: 0 };
    const body = JSON.stringify(request);
    return this.outgoing.post({
      url: hook.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Hookline',
        ...signatureHeaders(this.secrets(hook), { id: request.id, timestamp: new Date(), body }),
      },
      body,
      timeout,
      maximumAnswerBytes: limits.hookAnswerBytes,
    });
  }

  private secrets({ secretSealed, formerSecretSealed, formerSecretUntil }: StoredHook): string[] {
    const isFormerValid = formerSecretUntil !== null && formerSecretUntil.getTime() > Date.now();
    const sealed = isFormerValid && formerSecretSealed !== null ? [formerSecretSealed] : [];
    return [secretSealed, ...sealed].map((one) => this.sealing.open(one));
  }

  /** Neither content nor recipients: what a hook removes from a message must not survive in a log. */
  private record(
    hook: StoredHook,
    { id, conversation }: Request,
    result: OutgoingResult,
    outcome: string,
  ): void {
    this.log.info(
      {
        applicationId: hook.applicationId,
        ...(conversation && { conversationId: conversation.id }),
        hookId: hook.id,
        hook: hook.name,
        callId: id,
        duration: result.duration,
        outcome,
        ...(result.kind === 'failed' && { detail: result.detail }),
      },
      'hook called',
    );
  }
}
