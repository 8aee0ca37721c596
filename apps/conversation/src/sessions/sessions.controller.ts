import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import {
  closeSession,
  compareHeads,
  listMemberships,
  membershipsAtOnce,
  openSession,
  readTimeline,
  renewGatewayLease,
  type MembershipView,
} from '#contracts/sessions.js';
import { nothingVisible } from '#domain/timeline/visibility.js';
import { Answers } from '#platform/bus/answers.js';
import { LeasesStore } from '../store/leases.store.js';
import { MembersStore } from '../store/members.store.js';
import { SessionsStore } from '../store/sessions.store.js';
import { TimelineStore } from '../store/timeline.store.js';
import { SessionEnds } from './session-ends.port.js';

/** What gateways ask for their connected clients. */
@Controller()
export class SessionsController {
  constructor(
    private readonly sessions: SessionsStore,
    private readonly leases: LeasesStore,
    private readonly members: MembersStore,
    private readonly timeline: TimelineStore,
    private readonly ends: SessionEnds,
  ) {}

  @Answers(openSession)
  async open(question: z.output<typeof openSession.question>): Promise<z.output<typeof openSession.answer>> {
    const { applicationId, userId } = question;
    const opening = await this.sessions.open(question);
    if (opening.kind === 'refused') throw new HooklineError(opening.why);
    this.ends.tellOpening({ applicationId, userId }, opening.replaced);
    // The version was read before the list: a change in between makes the list newer than it says, never older.
    const { listVersion, broadcasts } = opening;
    return { listVersion, broadcasts, ...(await this.page(applicationId, userId, null)) };
  }

  @Answers(closeSession)
  async close(question: z.output<typeof closeSession.question>): Promise<object> {
    await this.sessions.close(question, question);
    this.ends.tellClosing(question);
    return {};
  }

  @Answers(renewGatewayLease, { everyReplica: true })
  renew({
    incarnation,
    askedAt,
  }: z.output<typeof renewGatewayLease.question>): Promise<z.output<typeof renewGatewayLease.answer>> {
    return this.leases.renew(incarnation, askedAt);
  }

  @Answers(listMemberships)
  async memberships({
    applicationId,
    userId,
    of,
  }: z.output<typeof listMemberships.question>): Promise<z.output<typeof listMemberships.answer>> {
    const listVersion = await this.listVersion(applicationId, userId);
    if ('after' in of) return { listVersion, ...(await this.page(applicationId, userId, of.after)) };
    const memberships = await this.members.membershipsIn(applicationId, userId, of.conversationIds);
    return { listVersion, memberships, next: null };
  }

  @Answers(readTimeline)
  async read(
    question: z.output<typeof readTimeline.question>,
  ): Promise<z.output<typeof readTimeline.answer>> {
    const { userId, afterSeq, limit, atMost } = question;
    const conversationKey = BigInt(question.conversationKey);
    // The head is read first: what is stored meanwhile lies beyond it and is asked for by the next reading.
    const headSeq = await this.timeline.head(conversationKey);
    const membership = userId === null ? null : await this.members.membership(conversationKey, userId);
    const viewer = userId === null ? null : { userId, range: membership ?? nothingVisible };
    if (atMost !== undefined && userId !== null) {
      const count = await this.timeline.countInService(conversationKey, userId, afterSeq, atMost);
      if (count > atMost) return { events: [], readSeq: afterSeq, headSeq, isTooMuch: true };
    }
    const { events, position } = await this.timeline.read({
      conversationKey,
      viewer,
      bound: afterSeq,
      order: 'ascending',
      limit,
    });
    return { events, readSeq: position, headSeq: Math.max(headSeq, position) };
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

  private async listVersion(applicationId: string, userId: string): Promise<number> {
    const listVersion = await this.sessions.listVersion(applicationId, userId);
    if (listVersion === null) throw new HooklineError('user_not_found');
    return listVersion;
  }

  private async page(
    applicationId: string,
    userId: string,
    after: string | null,
  ): Promise<{ memberships: MembershipView[]; next: string | null }> {
    const memberships = await this.members.joinedAfter(
      applicationId,
      userId,
      BigInt(after ?? 0),
      membershipsAtOnce,
    );
    const isFull = memberships.length === membershipsAtOnce;
    return { memberships, next: isFull ? (memberships.at(-1)?.conversationKey ?? null) : null };
  }
}
