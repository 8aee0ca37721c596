import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import {
  closeSession,
  compareHeads,
  listMemberships,
  openSession,
  readTimeline,
  renewGatewayLease,
} from '#contracts/sessions.js';
import { nothingVisible } from '#domain/timeline/visibility.js';
import { Answers } from '#platform/bus/answers.js';
import { MembersStore } from '../store/members.store.js';
import { SessionsStore } from '../store/sessions.store.js';
import { TimelineStore } from '../store/timeline.store.js';

/** What gateways ask for their connected clients. */
@Controller()
export class SessionsController {
  constructor(
    private readonly sessions: SessionsStore,
    private readonly members: MembersStore,
    private readonly timeline: TimelineStore,
  ) {}

  @Answers(openSession)
  async open(question: z.output<typeof openSession.question>): Promise<z.output<typeof openSession.answer>> {
    const { sessionId: id, incarnation, applicationId, userId, dialect, known } = question;
    // The version is read before the list: a change in between makes the list newer than it says, never older.
    const listVersion = await this.sessions.listVersion(applicationId, userId);
    if (listVersion === null) throw new HooklineError('user_not_found');
    await this.sessions.open({ id, incarnation, applicationId, userId, dialect });
    const joined = await this.members.memberships(applicationId, userId, 'joined');
    const keys = new Set(joined.map(({ conversationKey }) => conversationKey));
    const named =
      known.length === 0
        ? []
        : await this.members.memberships(applicationId, userId, { conversationIds: known });
    return {
      listVersion,
      memberships: [...joined, ...named.filter(({ conversationKey }) => !keys.has(conversationKey))],
    };
  }

  @Answers(closeSession)
  async close({ sessionId }: z.output<typeof closeSession.question>): Promise<object> {
    await this.sessions.close(sessionId);
    return {};
  }

  @Answers(renewGatewayLease)
  async renew({ incarnation }: z.output<typeof renewGatewayLease.question>): Promise<object> {
    await this.sessions.renewLease(incarnation);
    return {};
  }

  @Answers(listMemberships)
  async memberships(
    question: z.output<typeof listMemberships.question>,
  ): Promise<z.output<typeof listMemberships.answer>> {
    const { applicationId, userId } = question;
    const listVersion = await this.sessions.listVersion(applicationId, userId);
    if (listVersion === null) throw new HooklineError('user_not_found');
    return { listVersion, memberships: await this.members.memberships(applicationId, userId, 'joined') };
  }

  @Answers(readTimeline)
  async read(
    question: z.output<typeof readTimeline.question>,
  ): Promise<z.output<typeof readTimeline.answer>> {
    const { userId, afterSeq, limit } = question;
    const conversationKey = BigInt(question.conversationKey);
    // The head is read first: what is stored meanwhile lies beyond it and is asked for by the next reading.
    const headSeq = await this.timeline.head(conversationKey);
    const membership = userId === null ? null : await this.members.membership(conversationKey, userId);
    const viewer = userId === null ? null : { userId, range: membership ?? nothingVisible };
    const { events, isComplete } = await this.timeline.read({
      conversationKey,
      viewer,
      bound: afterSeq,
      order: 'ascending',
      limit,
    });
    const lastSeq = events.at(-1)?.event.seq ?? afterSeq;
    return {
      events,
      readSeq: isComplete ? Math.max(headSeq, lastSeq) : lastSeq,
      headSeq: Math.max(headSeq, lastSeq),
    };
  }

  @Answers(compareHeads)
  async heads(
    question: z.output<typeof compareHeads.question>,
  ): Promise<z.output<typeof compareHeads.answer>> {
    const [heads, staleUsers] = await Promise.all([
      this.timeline.heads(question.conversationKeys),
      this.sessions.staleUsers(question.users),
    ]);
    return { heads, staleUsers };
  }
}
