import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { SendCommand, SendOutcome } from '#contracts/sending.js';
import { HooklineError } from '#contracts/errors.js';
import type { Attachment } from '#contracts/files.js';
import { oversized, type Modification } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { isService } from '#domain/conversations/service.js';
import { viewsOf } from '#domain/timeline/service-views.js';
import type { SendRefusal } from '#domain/timeline/may-send.js';
import { timeOrderedId } from '#platform/time-ordered-id.js';
import type { RequestClaim } from '../store/append.store.js';
import { ConversationsStore, type ConversationHandle } from '../store/conversations.store.js';
import { FilesStore } from '../store/files.store.js';
import { bodyOfContent, contentOfDraft, type EventBody } from '../store/event-row.js';
import { RequestsStore, type RequestIdentity, type StoredRequest } from '../store/requests.store.js';
import { audienceAsked } from './addressing.port.js';
import { EventWriter } from './event-writer.js';
import { outsidersOf, PassHooks, type Passed, type Said } from './pass-hooks.port.js';

/** What is stored of an outcome; seq and timestamp are read from the event. */
type StoredOutcome =
  | { readonly outcome: 'stored'; readonly modified: Modification | null }
  | Exclude<SendOutcome, { outcome: 'stored' }>;

/** A request without an idempotency key is remembered just long enough for a retry inside the platform. */
const commandRetention = 10 * 60 * 1000;

/**
 * The heart: request table -> conversation, membership, limits -> hooks -> group commit. An outcome is answered only after
 * it is committed, and the same request always gets the same outcome.
 */
@Injectable()
export class SendEvent {
  constructor(
    private readonly conversations: ConversationsStore,
    private readonly requests: RequestsStore,
    private readonly files: FilesStore,
    private readonly hooks: PassHooks,
    private readonly writer: EventWriter,
  ) {}

  /**
   * Begins, and says whether the outcome has to wait for hooks.
   *
   * @throws HooklineError for what can be refused at once; the outcome rejects with what is refused later
   */
  async begin(command: SendCommand): Promise<{ waitsForHooks: boolean; outcome: Promise<SendOutcome> }> {
    const tooLarge = oversized(command.draft);
    if (tooLarge !== null) throw new HooklineError(tooLarge);
    const conversation = await this.conversations.handle(command.applicationId, command.conversationId);
    if (conversation === null) throw new HooklineError('conversation_not_found');
    const audience = audienceAsked(command, conversation.kind);
    const attachments = await this.attachments(command);
    if (attachments === null) return this.refuseFiles(command);
    const said = { ...contentOfDraft(command.draft), attachments, audience };

    const waitsForHooks = await this.hooks.concern(command.applicationId);
    if (waitsForHooks) return { waitsForHooks, outcome: this.sendThroughHooks(command, conversation, said) };
    const { content } = said;
    const unchanged = { content, audience, modified: null, outsiders: outsidersOf(audience, []) };
    return { waitsForHooks, outcome: this.store(command, conversation, said, unchanged) };
  }

  private async sendThroughHooks(
    command: SendCommand,
    conversation: ConversationHandle,
    said: Said,
  ): Promise<SendOutcome> {
    const verdict = await this.hooks.pass(command, requestOf(command), conversation, said);
    switch (verdict.kind) {
      case 'answered_before':
        return firstOutcomeOf(command, verdict.stored);
      case 'deliver':
        return this.store(command, conversation, said, verdict);
      case 'drop':
        return this.recordEnd(command, { outcome: 'dropped' });
      case 'reject':
        return this.recordEnd(command, { outcome: 'rejected', code: verdict.code, detail: verdict.detail });
    }
  }

  private async store(
    command: SendCommand,
    conversation: ConversationHandle,
    { type, attachments }: Said,
    { content, audience, modified, outsiders }: Omit<Passed, 'kind'>,
  ): Promise<SendOutcome> {
    const eventId = timeOrderedId();
    const ofService = isService(conversation.kind);
    const isInquiry = ofService && !command.asMaster;
    const result = await this.writer.write({
      eventId,
      conversationKey: conversation.key,
      conversationId: command.conversationId,
      conversationExpiresAt: conversation.expiresAt,
      senderId: command.senderId,
      isRoom: conversation.kind === 'room',
      isService: ofService,
      isInquiry,
      asMaster: command.asMaster,
      body: {
        ...bodyOfContent(type, content),
        ...(modified?.data === undefined && textOfData(command)),
        ...besidesContent(command),
        attachments,
      },
      audience,
      ...(ofService && { views: viewsOf(audience, command.senderId, isInquiry) }),
      outsiders,
      claim: claimOf(command, { outcome: 'stored', modified }),
      origin: JSON.stringify({ ...command.origin, push: command.push }),
    });
    switch (result.kind) {
      case 'stored':
        return { outcome: 'stored', eventId, seq: result.seq, timestamp: result.timestamp, modified };
      case 'refused':
        return this.refuseUnlessAnswered(command, result.reason);
      case 'answered_before':
        return this.firstOutcome(command);
      case 'overloaded':
        throw new HooklineError('overloaded');
      case 'failed':
        throw new HooklineError(
          'service_unavailable',
          'It is not known whether the event was stored; repeat the request with the same idempotency key',
        );
    }
  }

  /** What the message shows of its files: undefined when it has none, null when it may not have them. */
  private async attachments({
    applicationId,
    senderId,
    asMaster,
    draft,
  }: SendCommand): Promise<Attachment[] | null | undefined> {
    const ids = draft.kind === 'message' ? (draft.attachments ?? []) : [];
    // Almost always: no further statement.
    return ids.length === 0
      ? undefined
      : this.files.attachments(applicationId, ids, asMaster ? null : senderId);
  }

  /** Files that have gone meanwhile do not change what became of the request. */
  private async refuseFiles(
    command: SendCommand,
  ): Promise<{ waitsForHooks: boolean; outcome: Promise<SendOutcome> }> {
    const answered = await this.answeredBefore(command);
    if (answered === null) throw new HooklineError('file_not_found');
    return { waitsForHooks: false, outcome: Promise.resolve(answered) };
  }

  /** A drop or a rejection: remembered like a stored event, so that a repetition does not ask the hooks again. */
  private async recordEnd(
    command: SendCommand,
    outcome: Exclude<SendOutcome, { outcome: 'stored' }>,
  ): Promise<SendOutcome> {
    return (await this.requests.claim(claimOf(command, outcome))) ? outcome : this.firstOutcome(command);
  }

  private async answeredBefore(command: SendCommand): Promise<SendOutcome | null> {
    const stored = await this.requests.find(requestOf(command));
    return stored === null ? null : firstOutcomeOf(command, stored);
  }

  /** Who may not send any more still learns what became of what it sent. */
  private async refuseUnlessAnswered(command: SendCommand, reason: SendRefusal): Promise<SendOutcome> {
    const answered = await this.answeredBefore(command);
    if (answered === null) throw new HooklineError(reason);
    return answered;
  }

  private async firstOutcome(command: SendCommand): Promise<SendOutcome> {
    const outcome = await this.answeredBefore(command);
    // The claim was lost, and yet its winner is gone: only an expiry between the two statements can do that.
    if (outcome === null) throw new HooklineError('service_unavailable');
    return outcome;
  }
}

function identityOf({ request, commandId }: SendCommand): {
  namespace: string;
  key: string;
  retention: number;
} {
  return request === null
    ? { namespace: 'command', key: commandId, retention: commandRetention }
    : { ...request, retention: limits.idempotencyRetention };
}

function requestOf(command: SendCommand): RequestIdentity {
  const { namespace, key } = identityOf(command);
  return { applicationId: command.applicationId, namespace, key };
}

/** @throws HooklineError when the key was used for something else */
function firstOutcomeOf(command: SendCommand, stored: StoredRequest): SendOutcome {
  if (stored.fingerprint !== fingerprintOf(command)) throw new HooklineError('idempotency_key_reused');
  const outcome = JSON.parse(stored.outcome) as StoredOutcome;
  if (outcome.outcome !== 'stored') return outcome;
  if (stored.event === null) throw new HooklineError('idempotency_key_reused');
  const { id: eventId, seq, timestamp, isGone } = stored.event;
  const modified = isGone ? withoutContent(outcome.modified) : outcome.modified;
  return { outcome: 'stored', eventId, seq, timestamp, modified };
}

function claimOf(command: SendCommand, outcome: StoredOutcome): RequestClaim {
  return {
    applicationId: command.applicationId,
    ...identityOf(command),
    fingerprint: fingerprintOf(command),
    outcome: JSON.stringify(outcome),
  };
}

/** What was recalled is not told again. */
function withoutContent(modified: Modification | null): Modification | null {
  if (modified === null) return null;
  const { content: _content, data: _data, ...others } = modified;
  return others;
}

/** What a message has besides its content: hooks do not change it. */
function besidesContent({ draft }: SendCommand): Pick<EventBody, 'mentions' | 'expiresAt'> {
  if (draft.kind === 'custom') return {};
  const { mentions, expiresIn } = draft;
  return { mentions, expiresAt: expiresIn === undefined ? undefined : Date.now() + expiresIn * 1000 };
}

/** Data that hooks have not rewritten stays as it was written. */
function textOfData({ draft }: SendCommand): Pick<EventBody, 'content' | 'dataText'> | undefined {
  if (draft.kind !== 'custom' || draft.dataText === undefined) return undefined;
  return { content: draft.dataText, dataText: draft.dataText };
}

/** Of everything that makes it the same request. A digest: refused content must not be readable from the table. */
function fingerprintOf({ conversationId, senderId, draft, to, push }: SendCommand): string {
  const whole = [
    conversationId,
    senderId,
    draft,
    ...(to === undefined ? [] : [to]),
    ...(push === undefined ? [] : [{ push }]),
  ];
  return createHash('sha256').update(JSON.stringify(whole)).digest('base64url');
}
