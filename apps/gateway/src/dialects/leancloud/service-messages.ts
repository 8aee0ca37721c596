import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { listConversations } from '#contracts/conversations.js';
import { HooklineError, type ErrorCode } from '#contracts/errors.js';
import type { MessageEvent } from '#contracts/event.js';
import { eventsBetween, type HistoryBound } from '#contracts/history.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import type { Finding } from '#contracts/leancloud/routes/route.js';
import { limits } from '#contracts/limits.js';
import { deleteMessage } from '#contracts/message-changes.js';
import { Bus } from '#platform/bus/bus.js';
import { LeanCloudError } from './leancloud-error.js';
import { partOfChange, type Requested } from './requested.js';
import { readingOf, search, tooMany } from './search.js';
import { chosen, parsedWhere } from './translate/finding.js';
import {
  serviceMessageCertainties,
  serviceMessageRowOf,
  type ServiceMessageCertainties,
} from './translate/service-message-row.js';
import type { Row } from './translate/where.js';

/** What one question asks for: of one service, and of each of several, of which most may be far from being asked for. */
const eventsOfOne = 200;
const eventsOfEach = 20;
/** What one search asks at most, and what of it is under way at once. */
const questionsAtMost = 1_000;
const atOnce = 10;
/** Services that one search looks through. */
const servicesAtMost = limits.pageSize;
const lastTimestamp = Date.parse('9999-12-31');

/** A conversation that is none, or no service, has no messages to a service. */
const isNoService: ReadonlySet<ErrorCode> = new Set(['conversation_not_found', 'wrong_conversation_kind']);

type Question = Omit<z.input<typeof eventsBetween.question>, 'cursor'>;
type Page = z.output<typeof eventsBetween.answer>;

interface Looked {
  readonly event: MessageEvent;
  readonly row: Row;
}

interface Found {
  readonly results: readonly Row[];
  readonly count?: number;
}

/** What users have said to services, as the class `_SysMessage`: found by service, sender and time, and compared row by row. */
@Injectable()
export class ServiceMessages {
  constructor(private readonly bus: Bus) {}

  /** @throws LeanCloudError 102, 4310 when it would look at too many */
  async find(applicationId: string, finding: Finding): Promise<Found> {
    const { page, count } = await this.search(applicationId, finding);
    const results = page.map(({ row }) => chosen(row, finding.keys));
    return { results, ...(count !== undefined && { count }) };
  }

  /** @throws LeanCloudError 101 */
  async get(applicationId: string, objectId: string): Promise<Row> {
    return (await this.one(applicationId, objectId)).row;
  }

  /** Nobody finds it any more, the service's history neither. @throws LeanCloudError 101 */
  async delete(
    request: Pick<Requested, 'caller' | 'address' | 'idempotency'>,
    objectId: string,
  ): Promise<void> {
    const { conversationId, id: eventId } = (await this.one(request.caller.applicationId, objectId)).event;
    const change = partOfChange(request, objectId);
    await this.bus.ask(deleteMessage, { ...change, conversationId, eventId, readerId: null });
  }

  private async one(applicationId: string, objectId: string): Promise<Looked> {
    const finding = { where: { objectId }, skip: 0, limit: 1, count: false };
    const [found] = (await this.search(applicationId, finding)).page;
    if (found === undefined)
      throw new LeanCloudError(404, leanCloudCodes.objectNotFound, 'There is no such message');
    return found;
  }

  private search(applicationId: string, finding: Finding): ReturnType<typeof search<Looked>> {
    const certain = serviceMessageCertainties(parsedWhere(finding.where));
    const { isNewestFirst, isSorted } = readingOf(finding.order ?? '', ['createdAt', 'timestamp']);
    return search(finding, isSorted, this.messages(applicationId, certain, isNewestFirst));
  }

  /** Of all services that may be meant, by time. */
  private async *messages(
    applicationId: string,
    certain: ServiceMessageCertainties,
    isNewestFirst: boolean,
  ): AsyncGenerator<readonly Looked[]> {
    const { senderIds, eventIds } = certain;
    if (senderIds?.length === 0 || eventIds?.length === 0) return;
    const conversationIds = await this.services(applicationId, certain);
    const asked = { count: 0 };
    const sources = conversationIds.map((conversationId) =>
      this.messagesOf(
        {
          ...{ applicationId, conversationId, viewer: null, inbox: true, types: ['message'] },
          ...(senderIds?.length === 1 && { senderId: senderIds[0] }),
          ...boundsOf(certain, isNewestFirst),
          limit: conversationIds.length === 1 ? eventsOfOne : eventsOfEach,
        },
        asked,
      ),
    );
    yield* merged(sources, isNewestFirst);
  }

  /** Of one service. @throws LeanCloudError 4310 when the search has asked too often */
  private async *messagesOf(
    question: Question,
    asked: { count: number },
  ): AsyncGenerator<MessageEvent, undefined> {
    let cursor: string | null = null;
    do {
      asked.count += 1;
      if (asked.count > questionsAtMost) throw tooMany();
      const page: Page = await this.page({ ...question, cursor });
      for (const event of page.events) if (event.type === 'message') yield event;
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  private async page(question: Question & { cursor: string | null }): Promise<Page> {
    try {
      return await this.bus.ask(eventsBetween, question);
    } catch (error) {
      if (error instanceof HooklineError && isNoService.has(error.code))
        return { events: [], nextCursor: null };
      throw error;
    }
  }

  /** @throws LeanCloudError 4310 */
  private async services(
    applicationId: string,
    { conversationIds }: ServiceMessageCertainties,
  ): Promise<readonly string[]> {
    if (conversationIds !== null) return withinBounds([...new Set(conversationIds)]);
    const { conversations, nextCursor } = await this.bus.ask(listConversations, {
      ...{ applicationId, userId: null, kind: 'system', attributes: null, order: 'oldest', cursor: null },
      limit: servicesAtMost,
    });
    if (nextCursor !== null) throw tooManyServices();
    return conversations.map(({ id }) => id);
  }
}

function withinBounds(services: readonly string[]): readonly string[] {
  if (services.length > servicesAtMost) throw tooManyServices();
  return services;
}

function tooManyServices(): LeanCloudError {
  const detail = `There are more than ${String(servicesAtMost)} services. Say by conv which ones are meant`;
  return new LeanCloudError(400, leanCloudCodes.conversationQueryFailed, detail);
}

/** What may be meant at all lies between these. */
function boundsOf(
  { eventIds, earliest, latest }: ServiceMessageCertainties,
  isNewestFirst: boolean,
): Pick<Question, 'order' | 'start' | 'stop'> {
  const [eventId] = eventIds?.length === 1 ? eventIds : [];
  // Of a service that does not have the event, the time leaves nothing.
  const only = eventId === undefined ? null : { eventId, timestamp: 0, inclusive: true };
  const [first, last] = only === null ? [at(earliest), at(latest)] : [only, only];
  return isNewestFirst
    ? { order: 'descending', start: last, stop: first }
    : { order: 'ascending', start: first, stop: last };
}

function at(time: number | null): HistoryBound | null {
  if (time === null) return null;
  return { eventId: null, timestamp: Math.min(Math.max(time, 0), lastTimestamp), inclusive: true };
}

/** One after the other by time, and by their ids where that is the same. */
async function* merged(
  sources: readonly AsyncIterator<MessageEvent, undefined>[],
  isNewestFirst: boolean,
): AsyncGenerator<readonly Looked[]> {
  const waiting: { readonly source: AsyncIterator<MessageEvent, undefined>; readonly event: MessageEvent }[] =
    [];
  const take = async (source: AsyncIterator<MessageEvent, undefined>): Promise<void> => {
    const { value: event } = await source.next();
    if (event !== undefined) waiting.push({ source, event });
  };
  for (let from = 0; from < sources.length; from += atOnce)
    await Promise.all(sources.slice(from, from + atOnce).map(take));
  const sign = isNewestFirst ? -1 : 1;
  const byTime = (
    { event: one }: { event: MessageEvent },
    { event: other }: { event: MessageEvent },
  ): number => sign * (one.timestamp - other.timestamp || (one.id < other.id ? -1 : 1));
  for (;;) {
    const next = waiting.sort(byTime).shift();
    if (next === undefined) return;
    yield [{ event: next.event, row: serviceMessageRowOf(next.event) }];
    await take(next.source);
  }
}
