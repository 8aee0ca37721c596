import { Injectable } from '@nestjs/common';
import type { MessageContent } from '#contracts/message-content.js';
import type { MessageReceivedRequest, MessageSentRequest } from '#contracts/hooks.js';
import { limits } from '#contracts/limits.js';
import type { HookAnswer } from '#domain/hooks/verdict.js';
import { Log } from '#platform/log.js';
import { OutgoingHttp, type OutgoingResult } from '#platform/outgoing/outgoing-http.js';
import { signatureHeaders } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import type { StoredHook } from '../store/hooks.store.js';
import { interpretAnswer } from './interpret-answer.js';

/** `failure` is a name for log and caller, such as `timeout` or `status_500`; `paused` is ours and not the hook's. */
export type HookCallResult<Answer> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: string };

/** Calls hook servers: a signed POST of JSON, and one log line for each. */
@Injectable()
export class HookCaller {
  constructor(
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
    private readonly log: Log,
  ) {}

  /**
   * @param timeout in ms of running time, for the whole call; without any left it fails without one
   * @returns also the call's `duration`, in ms of running time
   */
  async askMessageReceived(
    hook: StoredHook,
    request: MessageReceivedRequest,
    timeout: number,
  ): Promise<HookCallResult<HookAnswer<MessageContent>> & { readonly duration: number }> {
    const result = await this.post(hook, request, timeout);
    const interpretation =
      result.kind === 'failed' ? result : interpretAnswer(result.status, result.body, request.event);
    const outcome = interpretation.kind === 'failed' ? interpretation.failure : interpretation.answer.kind;
    this.record(hook, request, result, outcome);
    return { ...interpretation, duration: result.duration };
  }

  /** Any 2xx will do; what it says is ignored. */
  async tellMessageSent(hook: StoredHook, request: MessageSentRequest): Promise<HookCallResult<null>> {
    const result = await this.post(hook, request, hook.deadline);
    const isHeard = result.kind === 'answered' && result.status >= 200 && result.status < 300;
    const outcome = isHeard ? 'heard' : result.kind === 'failed' ? result.failure : `status_${result.status}`;
    this.record(hook, request, result, outcome);
    return isHeard ? { kind: 'answered', answer: null } : { kind: 'failed', failure: outcome };
  }

  private async post(
    hook: StoredHook,
    request: MessageReceivedRequest | MessageSentRequest,
    timeout: number,
  ): Promise<OutgoingResult> {
    if (timeout <= 0) return { kind: 'failed', failure: 'timeout', detail: 'no_time_left', duration: 0 };
    const body = JSON.stringify(request);
    const secret = this.sealing.open(hook.secretSealed);
    return this.outgoing.post({
      url: hook.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Hookline',
        ...signatureHeaders(secret, { id: request.id, timestamp: new Date(), body }),
      },
      body,
      timeout,
      maximumAnswerBytes: limits.hookAnswerBytes,
    });
  }

  /** Neither content nor recipients: what a hook removes from a message must not survive in a log. */
  private record(
    hook: StoredHook,
    { id, conversation }: MessageReceivedRequest | MessageSentRequest,
    result: OutgoingResult,
    outcome: string,
  ): void {
    this.log.info(
      {
        applicationId: hook.applicationId,
        conversationId: conversation.id,
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
