import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { groupWithRoles, invitationsOf, memberEvents, refusal, type Group } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let ann: TestUser;
let max: TestUser;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: Group;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

beforeEach(async () => {
  application = await world.application();
  [ann, max, tom, jerry, spike] = await application.users('ann', 'max', 'tom', 'jerry', 'spike');
  group = await groupWithRoles(application);
});

async function lastEvent() {
  return memberEvents(await group.timeline()).at(-1)!;
}

describe('invitations', () => {
  test('an invited user hears of it, sees no history, and is in when it accepts, with the role it was offered', async () => {
    const client = await spike.connect({ gateway: 1 });
    const toms = await tom.connect();
    const invited = await group.invite(max, spike);
    expect(invited).toMatchObject({ userId: 'spike', role: 'member', state: 'invited', inviterId: 'max' });
    expect(invited).toMatchObject({ invitedAt: expect.any(Number), joinedAt: null });
    await eventually(() => {
      for (const each of [client, toms]) {
        expect(each.events(group)).toMatchObject([
          { type: 'member.invited', senderId: 'max', members: [{ id: invited.id, userId: 'spike' }] },
        ]);
      }
    });
    expect(await invitationsOf(spike)).toEqual([
      {
        ...{ conversationId: group.id, conversationKind: 'group', conversationName: null, role: 'member' },
        ...{ inviterId: 'max', invitedAt: invited.invitedAt },
      },
    ]);
    expect(await refusal(spike.history(group))).toBe('not_a_member');
    expect(await group.member(spike, spike)).toMatchObject({ state: 'invited' });
    expect(await refusal(group.member(spike, tom))).toBe('not_a_member');
    expect((await spike.send(group, 'may I?')).body).toMatchObject({ code: 'not_a_member' });

    const joined = await group.join(spike);
    expect(joined).toMatchObject({ id: invited.id, state: 'joined', inviterId: 'max', role: 'member' });
    await eventually(() => {
      expect(client.events(group).map(({ type }) => type)).toEqual(['member.invited', 'member.joined']);
    });
    expect(await spike.history(group)).toHaveLength(3);
    expect(await invitationsOf(spike)).toEqual([]);
  });

  test('a user who was away finds its invitations in the list, page by page', async () => {
    const others = await Promise.all([groupWithRoles(application), groupWithRoles(application)]);
    for (const each of [group, ...others]) await each.invite(ann, spike, 'manager');
    const found: string[] = [];
    for (let cursor: string | undefined | null; cursor !== null;) {
      const page: { invitations: { conversationId: string }[]; nextCursor: string | null } =
        await application.call(operations.listInvitations, { query: { userId: 'spike', limit: 1, cursor } });
      expect(page.invitations).toHaveLength(1);
      found.push(page.invitations[0]!.conversationId);
      cursor = page.nextCursor;
    }
    expect(found.toSorted()).toEqual([group, ...others].map(({ id }) => id).toSorted());
    expect(await refusal(tom.call(operations.listInvitations, { query: { userId: 'spike' } }))).toBe(
      'invalid_request',
    );
  });

  test('an invitation can be declined, and taken back; who was invited hears that', async () => {
    const client = await spike.connect();
    await group.invite(ann, spike);
    await group.leave(spike);
    expect(await lastEvent()).toMatchObject({ type: 'member.left', senderId: 'spike' });
    await group.invite(ann, spike);
    await group.remove(max, spike);
    expect(await lastEvent()).toMatchObject({ type: 'member.left', senderId: 'max' });
    const types = ['member.invited', 'member.left', 'member.invited', 'member.left'];
    await eventually(() => {
      expect(client.events(group).map(({ type }) => type)).toEqual(types);
    });
    expect(await refusal(group.join(spike))).toBe('not_a_member');
    expect(await invitationsOf(spike)).toEqual([]);
    expect(await refusal(spike.history(group))).toBe('not_a_member');
  });

  test('whoever was invited may be added; it is the same stay', async () => {
    const { id } = await group.invite(ann, spike);
    const members = await group.add(ann, spike, 'manager');
    expect(members.find(({ userId }) => userId === 'spike')).toMatchObject({
      id,
      role: 'manager',
      state: 'joined',
    });
    expect(await refusal(group.invite(ann, spike))).toBe('member_exists');
  });

  test('invited users count as members of a full group', async () => {
    await world.database.sql(
      `INSERT INTO conversation.member (id, conversation_key, application_id, user_id, state)
       SELECT gen_random_uuid(), key, application_id, 'extra ' || n, 'invited'
       FROM conversation.conversation, generate_series(1, ${String(limits.membersPerGroup - 4)}) AS n WHERE id = $1`,
      group.id,
    );
    expect(await refusal(group.invite(ann, spike))).toBe('too_many_members');
    expect(await refusal(group.add(application, spike))).toBe('too_many_members');
  });

  test('only into an open conversation may everybody come', async () => {
    expect(await refusal(group.join(spike))).toBe('not_a_member');
    await world.database.sql(
      `UPDATE conversation.conversation SET join_rule = 'open' WHERE id = $1`,
      group.id,
    );
    expect(await group.join(spike)).toMatchObject({ role: 'member', state: 'joined', inviterId: null });
    expect(await refusal(group.join(spike))).toBe('member_exists');
  });
});

describe('who may do what', () => {
  test('members may neither invite, add nor remove; managers only below themselves; owners below themselves', async () => {
    for (const by of [tom, spike]) {
      const code = by === tom ? 'insufficient_role' : 'not_a_member';
      expect(await refusal(group.invite(by, spike))).toBe(code);
      expect(await refusal(group.add(by, spike))).toBe(code);
      expect(await refusal(group.remove(by, jerry))).toBe(code);
      expect(await refusal(group.silence(by, jerry))).toBe(code);
      expect(await refusal(group.makeRole(by, jerry, 'manager'))).toBe(code);
      expect(await refusal(group.transfer(by, jerry))).toBe(code);
    }
    expect(await refusal(group.add(max, spike, 'manager'))).toBe('insufficient_role');
    expect(await refusal(group.invite(max, spike, 'owner'))).toBe('insufficient_role');
    expect(await refusal(group.remove(max, ann))).toBe('insufficient_role');
    expect(await refusal(group.silence(max, ann))).toBe('insufficient_role');
    expect(await refusal(group.makeRole(max, tom, 'manager'))).toBe('insufficient_role');
    expect(await refusal(group.add(ann, spike, 'owner'))).toBe('insufficient_role');
    expect(await refusal(group.makeRole(ann, max, 'owner'))).toBe('insufficient_role');
    expect(await refusal(group.mute(ann, tom))).toBe('forbidden');
    expect(memberEvents(await group.timeline())).toHaveLength(1);
    await group.add(max, spike);
    await group.remove(max, tom);
    await group.remove(ann, max);
    await group.add(application, tom, 'owner');
    expect(await refusal(group.remove(ann, tom))).toBe('insufficient_role');
  });

  test('nothing crosses applications', async () => {
    const foreign = await world.application();
    const [foreigner] = await foreign.users('tom');
    for (const by of [foreign, foreigner]) {
      const attempts = [
        group.invite(by, spike),
        group.add(by, spike),
        group.remove(by, tom),
        group.makeRole(by, tom, 'manager'),
        group.transfer(by, tom),
        group.silence(by, tom),
        group.mute(by, foreigner),
        group.members(by),
        group.member(by, tom),
      ];
      for (const attempt of attempts) expect(await refusal(attempt)).toBe('conversation_not_found');
    }
    expect(await refusal(group.join(foreigner))).toBe('conversation_not_found');
    expect(await refusal(group.leave(foreigner))).toBe('conversation_not_found');
    expect(memberEvents(await group.timeline())).toHaveLength(1);
  });
});

describe('coming and going', () => {
  test('whoever comes again has another id, and sees everything again', async () => {
    const first = await group.member(tom, tom);
    await group.leave(tom);
    expect(await refusal(tom.history(group))).toBe('not_a_member');
    await group.add(ann, tom);
    const second = await group.member(tom, tom);
    expect(second.id).not.toBe(first.id);
    expect((await tom.history(group)).map(({ type }) => type)).toEqual([
      'member.joined',
      'member.left',
      'member.joined',
    ]);
  });

  test('to remove oneself is to leave', async () => {
    await group.remove(tom, tom);
    expect(await lastEvent()).toMatchObject({ type: 'member.left', senderId: 'tom' });
    expect(await refusal(group.leave(tom))).toBe('not_a_member');
  });

  test('two joins at once: one comes, the other one is told', async () => {
    await group.invite(ann, spike);
    const joins = await Promise.allSettled([
      group.join(spike),
      group.join(spike, { gateway: 1 }),
      group.add(max, spike, 'member', { gateway: 1 }),
    ]);
    expect(joins.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const types = memberEvents(await group.timeline()).map(({ type }) => type);
    expect(types).toEqual(['member.joined', 'member.invited', 'member.joined']);
  });

  test('a join beside a removal: whichever is first, the list and the timeline agree', async () => {
    for (let round = 0; round < 5; round++) {
      await group.invite(ann, spike);
      await Promise.allSettled([group.join(spike, { gateway: round % 2 }), group.remove(max, spike)]);
      const events = memberEvents(await group.timeline());
      const isIn = (await group.members(ann)).members.some(({ userId }) => userId === 'spike');
      expect(events.at(-1)).toMatchObject({ type: isIn ? 'member.joined' : 'member.left' });
      if (isIn) await group.leave(spike);
    }
  });

  test('a repeated key has the first outcome; with other content it is a conflict, in any operation', async () => {
    const idempotencyKey = 'again';
    await group.invite(ann, spike);
    const joined = await group.join(spike, { idempotencyKey });
    expect(await group.join(spike, { idempotencyKey })).toEqual(joined);
    expect(await refusal(group.leave(spike, { idempotencyKey }))).toBe('idempotency_key_reused');
    const removal = { idempotencyKey: 'removed' };
    await group.remove(ann, spike, removal);
    await group.remove(ann, spike, removal);
    expect(await refusal(group.remove(ann, tom, removal))).toBe('idempotency_key_reused');
    expect(memberEvents(await group.timeline())).toHaveLength(4);
  });

  test('whoever has been removed learns nothing of what came after by repeating a key', async () => {
    const { id: conversationId } = group;
    const anns: (() => Promise<unknown>)[] = [
      () => group.makeRole(ann, tom, 'manager', { idempotencyKey: 'role' }),
      () => group.transfer(ann, max, { idempotencyKey: 'transfer' }),
    ];
    const maxes: (() => Promise<unknown>)[] = [
      () =>
        group.ask(max, operations.updateConversation, { body: { name: 'x' } }, { idempotencyKey: 'patch' }),
      () => group.invite(max, spike, 'member', { idempotencyKey: 'invite' }),
      () => group.add(max, spike, 'member', { idempotencyKey: 'add' }),
      () => group.silence(max, jerry, 60, { idempotencyKey: 'silence' }),
      () =>
        group.ask(
          max,
          operations.blockInConversation,
          { body: { userId: 'jerry' } },
          { idempotencyKey: 'block' },
        ),
      () =>
        world.call(operations.createConversation, {
          as: max,
          body: { unique: true, members: [{ userId: 'tom' }] },
          idempotencyKey: 'create',
        }),
    ];
    const [change, transfer] = anns;
    await change!();
    for (const work of maxes) await work();
    await transfer!();
    const { conversations } = await world.call<{ conversations: { id: string }[] }>(
      operations.listConversations,
      { as: max },
    );
    for (const { id } of conversations)
      await application.call(operations.removeMember, { parameters: { conversationId: id, userId: 'max' } });
    await application.remove({ id: conversationId }, ann);
    for (const repeat of [...anns, ...maxes]) expect(await refusal(repeat())).toBe('not_a_member');
  });
});

test('where every change came from goes along with its event, as with messages', async () => {
  const sent = await tom.send(group, 'Hello');
  const { eventId } = sent.body as { eventId: string };
  await tom.update(group, eventId, 'Hello again');
  await tom.recall(group, eventId);
  await group.invite(max, spike);
  await group.join(spike);
  await group.silence(max, spike);
  await group.remove(max, spike);
  await group.leave(jerry);
  await group.add(application, jerry);
  await group.ask(max, operations.updateConversation, { body: { name: 'Kitchen' } });
  const events = await group.timeline();
  expect(events).toHaveLength(11);
  const origins = await world.database.sql(
    `SELECT entry.seq::int, entry.origin FROM conversation.outbox_entry AS entry
     JOIN conversation.conversation ON conversation.key = entry.conversation_key
     WHERE conversation.application_id = $1 AND conversation.id = $2 ORDER BY entry.seq`,
    ...[application.id, group.id],
  );
  expect(origins).toEqual(
    events.map(({ seq }) => ({ seq, origin: '{"address":"127.0.0.1","dialect":"native"}' })),
  );
});
