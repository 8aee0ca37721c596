import { Injectable } from '@nestjs/common';
import { deleteBroadcast, listBroadcasts, sendBroadcast } from '#contracts/broadcasts.js';
import { HooklineError } from '#contracts/errors.js';
import type { PushPayload } from '#contracts/hooks/answers.js';
import { contentOfMessage } from '#contracts/leancloud/content.js';
import { eventIdOf, messageIdOf } from '#contracts/leancloud/message-id.js';
import { limits } from '#contracts/limits.js';
import { Bus } from '#platform/bus/bus.js';
import { Admission } from '../../admission/admission.port.js';
import { ConversationKinds } from './conversation-kinds.js';
import { KnownUsers } from './known-users.js';
import { droppedIn } from './leancloud-errors.port.js';
import { MessageSender, requireSize, type Sent } from './message-sender.js';
import { changeBy, type Requested } from './requested.js';
import { messageRowOf } from './translate/message-row.js';
import type { Row } from './translate/where.js';

type Request = Pick<Requested, 'caller' | 'address' | 'idempotency'>;
type Shown = Awaited<ReturnType<Broadcasts['page']>>['broadcasts'][number];

interface NewBroadcast {
  readonly conversationId: string;
  readonly from: string;
  readonly message: string;
  /** ms; undefined: as long as may be. */
  readonly validTill: number | undefined;
  /** What devices get of all who are absent. */
  readonly push: PushPayload | undefined;
}

interface ListQuery {
  /** Absent: of any service. */
  readonly conv_id?: string | undefined;
  readonly skip: number;
  readonly limit: number;
}

/** What services say to all users of an application. */
@Injectable()
export class Broadcasts {
  constructor(
    private readonly bus: Bus,
    private readonly users: KnownUsers,
    private readonly kinds: ConversationKinds,
    private readonly admission: Admission,
    private readonly sender: MessageSender,
  ) {}

  /** @throws LeanCloudError 4313, 4402. @throws HooklineError too_many_broadcasts among others */
  async send(request: Request, sent: NewBroadcast): Promise<Sent> {
    requireSize(sent);
    const { applicationId } = request.caller;
    const { conversationId, from: senderId, message, validTill = null, push = null } = sent;
    await this.admit(request, conversationId);
    const content = contentOfMessage(message);
    const question = { ...changeBy(request), conversationId, senderId, content, validTill, push };
    const outcome = await this.users.with(applicationId, [senderId], () =>
      this.bus.ask(sendBroadcast, question),
    );
    if (outcome.outcome === 'dropped') throw droppedIn('sending');
    return { 'msg-id': messageIdOf(outcome.eventId), timestamp: outcome.timestamp };
  }

  /** For those who are connected; it is stored nowhere. @throws as `send` */
  async sendTransient(
    request: Request,
    { conversationId, from, message }: Pick<NewBroadcast, 'conversationId' | 'from' | 'message'>,
  ): Promise<Sent> {
    await this.admit(request, conversationId);
    const said = { conversationId, from, message, isTransient: true, isForAll: true, push: undefined };
    return this.sender.send(request, said);
  }

  /** Those that are still given to whoever logs in, newest first. @throws LeanCloudError 4313 */
  async list({ caller }: Pick<Request, 'caller'>, query: ListQuery): Promise<readonly Row[]> {
    const { conv_id: conversationId, skip, limit } = query;
    if (conversationId !== undefined) await this.kinds.requireService(caller.applicationId, conversationId);
    const shown: Shown[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<Broadcasts['page']>> = await this.page(
        caller.applicationId,
        conversationId ?? null,
        cursor,
      );
      shown.push(...page.broadcasts);
      cursor = page.nextCursor;
    } while (cursor !== null && shown.length < skip + limit);
    return shown
      .slice(skip, skip + limit)
      .map(({ event, validTill }) => ({ ...messageRowOf(event, false), 'valid-till': validTill }));
  }

  /** @throws HooklineError broadcast_not_found */
  async delete(request: Request, messageId: string): Promise<void> {
    const eventId = eventIdOf(messageId);
    if (eventId === null) throw new HooklineError('broadcast_not_found');
    await this.bus.ask(deleteBroadcast, { ...changeBy(request), eventId });
  }

  /** @throws LeanCloudError 4313. @throws HooklineError conversation_not_found, too_many_broadcasts */
  private async admit({ caller }: Pick<Request, 'caller'>, conversationId: string): Promise<void> {
    await this.kinds.requireService(caller.applicationId, conversationId);
    this.admission.broadcast(caller.applicationId);
  }

  private page(applicationId: string, conversationId: string | null, cursor: string | null) {
    return this.bus.ask(listBroadcasts, { applicationId, conversationId, cursor, limit: limits.pageSize });
  }
}
