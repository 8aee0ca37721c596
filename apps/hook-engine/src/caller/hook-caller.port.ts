import { Injectable } from '@nestjs/common';
import type { HookRequest } from '#contracts/hooks/requests.js';
import { limits } from '#contracts/limits.js';
import { Log } from '#platform/log.js';
import { OutgoingHttp, type OutgoingResult } from '#platform/outgoing/outgoing-http.js';
import { Sealing } from '#platform/security/sealing.js';
import { RefreshHookServers } from '../hook-servers/refresh-hook-servers.port.js';
import type { Exchange } from '../runs/hook-runs.port.js';
import type { StoredHook } from '../store/hooks.store.js';
import { protocols } from './protocols.js';

/** `failure` is a name for log and caller, such as `timeout` or `status_500`; an own failure is ours and not the hook's. */
export type HookCallResult<Answer> = (
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'failed'; readonly failure: string }
) & {
  /** In ms of running time. */
  readonly duration: number;
  readonly exchange: Exchange | null;
};

/** What the caller needs of a request: the rest is for the hook's server alone. */
type Request = Pick<HookRequest, 'id' | 'hook'> & { readonly conversation?: { readonly id: string } };

interface Asking<Answer> {
  /** In ms of running time, for the whole call; without any left it fails without one. */
  readonly timeout: number;
  /** What the answer, a JSON value, means; null when it means nothing. */
  readonly read: (value: unknown) => Answer | null;
  readonly isDryRun?: boolean;
}

interface OpenedSecrets {
  readonly secret: string;
  readonly former: string | null;
}

/** Calls hook servers: a POST of JSON by the protocol of the hook. Each that fails is a line in the log; all are among the runs. */
@Injectable()
export class HookCaller {
  /** A hook is read again whenever it was changed, so what its row says is opened once for each. */
  private readonly opened = new WeakMap<StoredHook, OpenedSecrets>();

  constructor(
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
    private readonly servers: RefreshHookServers,
    private readonly log: Log,
  ) {}

  async ask<Answer extends { readonly kind: string }>(
    hook: StoredHook,
    request: Request,
    { timeout, read, isDryRun = false }: Asking<Answer>,
  ): Promise<HookCallResult<Answer>> {
    const { result, exchange } = await this.post(hook, request, { timeout, isDryRun });
    const heard =
      result.kind === 'failed'
        ? result
        : protocols[hook.protocol].answer(result.status, result.body, request as HookRequest);
    const answer = heard.kind === 'failed' ? null : read(heard.value);
    const { duration } = result;
    const came = { duration, exchange };
    if (answer !== null) return { kind: 'answered', answer, ...came };
    const failure = heard.kind === 'failed' ? heard.failure : 'invalid_answer';
    this.report(hook, request, result, failure);
    return { kind: 'failed', failure, ...came };
  }

  /** What the answer says is ignored. */
  async tell(
    hook: StoredHook,
    request: Request,
    { timeout, isDryRun = false }: Omit<Asking<null>, 'read'>,
  ): Promise<HookCallResult<null>> {
    const { result, exchange } = await this.post(hook, request, { timeout, isDryRun });
    const came = { duration: result.duration, exchange };
    const failure =
      result.kind === 'failed' ? result.failure : protocols[hook.protocol].failure(result.status);
    if (failure === null) return { kind: 'answered', answer: null, ...came };
    this.report(hook, request, result, failure);
    return { kind: 'failed', failure, ...came };
  }

  private async post(
    hook: StoredHook,
    request: Request,
    { timeout, isDryRun }: { readonly timeout: number; readonly isDryRun: boolean },
  ): Promise<{ readonly result: OutgoingResult; readonly exchange: Exchange | null }> {
    if (timeout <= 0) {
      const result = { kind: 'failed', failure: 'timeout', detail: 'no_time_left', duration: 0 } as const;
      return { result, exchange: null };
    }
    const { url, protocol, applicationId, serverId } = hook;
    // Whoever asks gives the request of the hook that it names.
    const { headers, body } = protocols[protocol].call({
      url,
      secrets: this.secrets(hook),
      request: request as HookRequest,
      now: new Date(),
    });
    const result = await this.outgoing.post({
      ...{ url, body, timeout, maximumAnswerBytes: limits.hookAnswerBytes },
      headers: isDryRun ? { ...headers, 'hookline-dry-run': 'true' } : headers,
    });
    if (serverId !== null && result.kind === 'answered')
      this.servers.heard({ applicationId, serverId }, result.status);
    const answer = result.kind === 'answered' ? result : { status: null, body: null };
    const exchange = { status: answer.status, sentBytes: Buffer.byteLength(body), heard: answer.body };
    return { result, exchange };
  }

  private secrets(hook: StoredHook): string[] {
    const { secretSealed, formerSecretSealed, formerSecretUntil } = hook;
    const opened = this.opened.get(hook) ?? {
      secret: this.sealing.open(secretSealed),
      former: formerSecretSealed === null ? null : this.sealing.open(formerSecretSealed),
    };
    this.opened.set(hook, opened);
    const isFormerValid = formerSecretUntil !== null && formerSecretUntil.getTime() > Date.now();
    return isFormerValid && opened.former !== null ? [opened.secret, opened.former] : [opened.secret];
  }

  /** Neither content nor recipients: what a hook removes from a message must not survive in a log. */
  private report(
    hook: StoredHook,
    { id, conversation }: Request,
    result: OutgoingResult,
    failure: string,
  ): void {
    this.log.info(
      {
        applicationId: hook.applicationId,
        ...(conversation && { conversationId: conversation.id }),
        hookId: hook.id,
        hook: hook.name,
        callId: id,
        duration: result.duration,
        failure,
        ...(result.kind === 'failed'
          ? { detail: result.detail }
          : { status: result.status, detail: protocols[hook.protocol].detail(result) }),
      },
      'a hook failed',
    );
  }
}
