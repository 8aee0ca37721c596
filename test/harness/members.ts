import type { Conversation } from '#contracts/conversations.js';
import type { MemberEvent, TimelineEvent } from '#contracts/event.js';
import type { Invitation, Member, MemberRole } from '#contracts/members.js';
import { operations } from '#contracts/rest/operations.js';
import type { Operation } from '#contracts/rest/operation.js';
import type { TestApplication, TestUser } from './application.js';
import { RestProblem, type OperationRequest } from './rest.js';

type Caller = TestApplication | TestUser;

interface Options {
  readonly idempotencyKey?: string;
  readonly gateway?: number;
}

/** The code with which something was refused. @throws when it was not */
export async function refusal(outcome: Promise<unknown>): Promise<string> {
  const error: unknown = await outcome.then(
    (answer) => new Error(`not refused: ${JSON.stringify(answer)}`),
    (reason: unknown) => reason,
  );
  if (error instanceof RestProblem) return error.problem.code;
  throw error;
}

export function memberEvents(events: readonly TimelineEvent[]): MemberEvent[] {
  return events.filter((event): event is MemberEvent => event.type.startsWith('member.'));
}

/** A group in which Ann is the owner, Max a manager, and Tom and Jerry are members. */
export async function groupWithRoles(
  application: TestApplication,
  options: Partial<Pick<Conversation, 'id' | 'historyVisibility'>> = {},
): Promise<Group> {
  const { id } = await application.call<Conversation>(operations.createConversation, {
    body: {
      ...options,
      members: [
        { userId: 'ann', role: 'owner' },
        { userId: 'max', role: 'manager' },
        { userId: 'tom', role: 'member' },
        { userId: 'jerry', role: 'member' },
      ],
    },
  });
  return new Group(id, application);
}

/** A conversation, and what users and servers do about its members. */
export class Group {
  constructor(
    readonly id: string,
    private readonly application: TestApplication,
  ) {}

  async invite(by: Caller, who: TestUser, role: MemberRole = 'member', options?: Options): Promise<Member> {
    const body = { members: [{ userId: who.id, role }] };
    const { members } = await this.ask<{ members: Member[] }>(
      by,
      operations.inviteMembers,
      { body },
      options,
    );
    return members[0]!;
  }

  async add(by: Caller, who: TestUser, role: MemberRole = 'member', options?: Options): Promise<Member[]> {
    const body = { members: [{ userId: who.id, role }] };
    return (await this.ask<{ members: Member[] }>(by, operations.addMembers, { body }, options)).members;
  }

  join(who: TestUser, options?: Options): Promise<Member> {
    return this.ask(who, operations.joinConversation, { body: {} }, options);
  }

  leave(who: TestUser, options?: Options): Promise<unknown> {
    return this.ask(who, operations.leaveConversation, { body: {} }, options);
  }

  remove(by: Caller, { id: userId }: { readonly id: string }, options?: Options): Promise<unknown> {
    return this.ask(by, operations.removeMember, { parameters: { userId } }, options);
  }

  makeRole(by: Caller, { id: userId }: TestUser, role: MemberRole, options?: Options): Promise<Member> {
    return this.ask(by, operations.updateMember, { parameters: { userId }, body: { role } }, options);
  }

  transfer(by: Caller, { id: userId }: TestUser, options?: Options): Promise<Member> {
    return this.ask(by, operations.transferOwnership, { body: { userId } }, options);
  }

  silence(by: Caller, { id: userId }: TestUser, seconds?: number, options?: Options): Promise<Member> {
    const body = seconds === undefined ? {} : { seconds };
    return this.ask(by, operations.silenceMember, { parameters: { userId }, body }, options);
  }

  liftSilence(by: Caller, { id: userId }: TestUser, options?: Options): Promise<unknown> {
    return this.ask(by, operations.liftSilence, { parameters: { userId } }, options);
  }

  mute(by: Caller, { id: userId }: TestUser, muted = true, options?: Options): Promise<unknown> {
    const operation = muted ? operations.muteConversation : operations.unmuteConversation;
    return this.ask(by, operation, { parameters: { userId } }, options);
  }

  member(by: Caller, { id: userId }: TestUser): Promise<Member> {
    return this.ask(by, operations.getMember, { parameters: { userId } });
  }

  members(
    by: Caller,
    query: Readonly<Record<string, string | number>> = {},
  ): Promise<{ members: Member[]; nextCursor: string | null }> {
    return this.ask(by, operations.listMembers, { query });
  }

  /** Everything, as a server sees it. */
  async timeline(): Promise<TimelineEvent[]> {
    const { events } = await this.ask<{ events: TimelineEvent[] }>(this.application, operations.listEvents, {
      query: { order: 'ascending', limit: 100 },
    });
    return events;
  }

  ask<Answer>(
    by: Caller,
    operation: Operation,
    { parameters, ...request }: Omit<OperationRequest<Operation>, 'as'>,
    { idempotencyKey, gateway }: Options = {},
  ): Promise<Answer> {
    return this.application.world.call<Answer>(
      operation,
      { as: by, parameters: { conversationId: this.id, ...parameters }, idempotencyKey, ...request },
      gateway,
    );
  }
}

export async function invitationsOf(user: TestUser): Promise<Invitation[]> {
  return (await user.call<{ invitations: Invitation[] }>(operations.listInvitations)).invitations;
}
