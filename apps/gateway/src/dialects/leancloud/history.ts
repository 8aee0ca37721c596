import { Injectable } from '@nestjs/common';
import type { MessageEvent, TimelineEvent } from '#contracts/event.js';
import { eventsBetween, type HistoryBound } from '#contracts/history.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { eventIdOf } from '#contracts/leancloud/message-id.js';
import { Bus } from '#platform/bus/bus.js';
import { Authentication } from '../../auth/authentication.port.js';
import { isSigned } from './auth/signatures.js';
import { ConversationKinds } from './conversation-kinds.js';
import { LeanCloudError } from './leancloud-error.js';
import type { LeanCloudCaller } from './requested.js';
import { messageRowOf } from './translate/message-row.js';
import type { Row } from './translate/where.js';

/** What one question asks for at most. */
const eventsAtOnce = 200;

interface HistoryOf {
  readonly applicationId: string;
  readonly conversationId: string;
  /** Whose view of it is meant; null: everything. */
  readonly viewer: string | null;
}

export interface Bounds {
  readonly order: 'ascending' | 'descending';
  readonly start: HistoryBound;
  readonly stop: HistoryBound;
  readonly limit: number;
}

/** What a client shows that reads a history without the master key. */
export interface Signature {
  readonly clientId: string | undefined;
  readonly nonce: string | undefined;
  readonly timestamp: string | undefined;
  readonly signature: string | undefined;
}

/** Histories between two bounds, each a message or a time. */
@Injectable()
export class History {
  constructor(
    private readonly bus: Bus,
    private readonly kinds: ConversationKinds,
    private readonly authentication: Authentication,
  ) {}

  /** As LeanCloud shows them. @throws HooklineError conversation_not_found */
  async rows(of: HistoryOf, bounds: Bounds): Promise<readonly Row[]> {
    const isRoom = (await this.kinds.of(of.applicationId, of.conversationId)) === 'room';
    return (await this.between(of, bounds)).map((message) => messageRowOf(message, isRoom));
  }

  /** Messages alone. @throws HooklineError conversation_not_found */
  async between(of: HistoryOf, { order, start, stop, limit }: Bounds): Promise<readonly MessageEvent[]> {
    const messages: MessageEvent[] = [];
    let cursor: string | null = null;
    do {
      const page: { events: TimelineEvent[]; nextCursor: string | null } = await this.bus.ask(eventsBetween, {
        ...{ ...of, order, start, stop, cursor },
        types: ['message'],
        limit: Math.min(eventsAtOnce, limit - messages.length),
      });
      messages.push(...page.events.filter((event) => event.type === 'message'));
      cursor = page.nextCursor;
    } while (cursor !== null && messages.length < limit);
    return messages;
  }

  /**
   * Whose view of a history is meant: a server sees everything, a client what it may see, once its server has signed for it.
   *
   * @throws LeanCloudError 4302
   */
  async viewer(
    { kind, applicationId }: LeanCloudCaller,
    conversationId: string,
    { clientId, nonce, timestamp, signature }: Signature,
  ): Promise<string | null> {
    if (kind === 'master') return null;
    const keys = await this.authentication.keysOf(applicationId);
    if (
      clientId !== undefined &&
      nonce !== undefined &&
      timestamp !== undefined &&
      signature !== undefined &&
      isSigned(
        keys,
        { clientId, nonce, timestamp, signature },
        { area: 'history', conversationId },
        Date.now(),
      )
    )
      return clientId;
    const detail = 'This takes the master key, or a signature that is right';
    throw new LeanCloudError(401, leanCloudCodes.conversationSignatureFailed, detail);
  }
}

interface BoundsQuery {
  readonly msgid?: string | undefined;
  readonly timestamp?: number | undefined;
  readonly till_msgid?: string | undefined;
  readonly till_timestamp?: number | undefined;
  readonly include_start?: boolean;
  readonly include_stop?: boolean;
  readonly reversed: boolean;
  readonly limit: number;
}

/** Newest first, unless it is asked for `reversed`. What is no id of a message is passed over. */
export function boundsOf(query: BoundsQuery): Bounds {
  const { include_start: includesStart = false, include_stop: includesStop = false } = query;
  return {
    order: query.reversed ? 'ascending' : 'descending',
    start: boundOf(query.timestamp, query.msgid, includesStart),
    stop: boundOf(query.till_timestamp, query.till_msgid, includesStop),
    limit: query.limit,
  };
}

function boundOf(timestamp: number | undefined, id: string | undefined, inclusive: boolean): HistoryBound {
  return { timestamp: timestamp ?? null, eventId: id === undefined ? null : eventIdOf(id), inclusive };
}
