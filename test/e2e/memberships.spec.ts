import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { untilLifted } from '#contracts/members.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { groupWithRoles, memberEvents, refusal, type Group } from '../harness/members.js';
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

describe('roles', () => {
  test('an owner makes managers and members of others, and everybody hears it', async () => {
    const client = await jerry.connect();
    expect(await group.makeRole(ann, tom, 'manager')).toMatchObject({ userId: 'tom', role: 'manager' });
    await group.makeRole(ann, tom, 'manager');
    await eventually(() => {
      expect(client.events(group)).toMatchObject([
        { type: 'member.updated', senderId: 'ann', members: [{ userId: 'tom', role: 'manager' }] },
      ]);
    });
    await group.add(tom, spike);
    await group.makeRole(ann, tom, 'member');
    expect(await refusal(group.remove(tom, spike))).toBe('insufficient_role');
  });

  test('the last owner stays, unless alone; a transfer makes it a manager', async () => {
    expect(await refusal(group.leave(ann))).toBe('last_owner');
    expect(await refusal(group.remove(ann, ann))).toBe('last_owner');
    expect(await refusal(group.makeRole(ann, ann, 'member'))).toBe('last_owner');
    expect(await group.transfer(ann, tom)).toMatchObject({ userId: 'tom', role: 'owner' });
    expect(await lastEvent()).toMatchObject({
      type: 'member.updated',
      members: [
        { userId: 'tom', role: 'owner' },
        { userId: 'ann', role: 'manager' },
      ],
    });
    expect(await refusal(group.transfer(ann, ann))).toBe('insufficient_role');
    await group.leave(ann);
    for (const each of [max, jerry]) await group.leave(each);
    await group.leave(tom);
    expect((await group.members(application)).members).toEqual([]);
  });

  test('a server may leave a group without an owner, and make several', async () => {
    await group.remove(application, ann);
    await group.makeRole(application, tom, 'owner');
    await group.makeRole(application, max, 'owner');
    await group.leave(tom);
    await group.transfer(application, jerry);
    const { members } = await group.members(application, { role: 'owner' });
    expect(members.map(({ userId }) => userId)).toEqual(['jerry']);
    expect(await refusal(group.transfer(application, spike))).toBe('member_not_found');
  });

  test('two transfers at once leave one owner', async () => {
    await Promise.allSettled([group.transfer(ann, tom), group.transfer(ann, jerry, { gateway: 1 })]);
    expect((await group.members(ann, { role: 'owner' })).members).toHaveLength(1);
  });
});

describe('silence', () => {
  test('a silenced member may not send, until it is lifted', async () => {
    expect(await group.silence(max, tom)).toMatchObject({ silencedUntil: untilLifted });
    expect(await lastEvent()).toMatchObject({
      type: 'member.updated',
      members: [{ userId: 'tom', role: 'member', silencedUntil: untilLifted }],
    });
    expect((await tom.send(group, 'hm')).body).toMatchObject({ code: 'member_silenced' });
    await group.liftSilence(max, tom);
    expect((await lastEvent()).members[0]).not.toHaveProperty('silencedUntil');
    expect(await group.member(jerry, tom)).not.toHaveProperty('silencedUntil');
    expect((await tom.send(group, 'well')).status).toBe(201);
    await group.liftSilence(max, tom);
    expect(memberEvents(await group.timeline())).toHaveLength(3);
  });

  test('with a time it ends by itself', async () => {
    const before = Date.now();
    const { silencedUntil } = await group.silence(ann, tom, 60);
    expect(silencedUntil).toBeGreaterThanOrEqual(before + 60_000);
    expect((await tom.send(group, 'hm')).body).toMatchObject({ code: 'member_silenced' });
    await world.database.sql(
      `UPDATE conversation.member SET silenced_until = now() - interval '1 second'
       WHERE silenced_until IS NOT NULL AND application_id = $1`,
      application.id,
    );
    expect((await tom.send(group, 'well')).status).toBe(201);
    expect(await group.member(jerry, tom)).not.toHaveProperty('silencedUntil');
  });

  test('an invited user cannot be silenced, and a server may silence an owner', async () => {
    await group.invite(ann, spike);
    expect(await refusal(group.silence(ann, spike))).toBe('member_not_found');
    await group.silence(application, ann);
    expect((await ann.send(group, 'hm')).body).toMatchObject({ code: 'member_silenced' });
  });
});

describe('mute', () => {
  test("is one's own affair: no event, but the user's other sessions learn of it, and later ones", async () => {
    const [other, toms] = [await tom.connect({ gateway: 1 }), await jerry.connect()];
    await group.mute(tom, tom);
    await group.mute(tom, tom);
    const muted = (client: typeof other) =>
      client.heard.filter(({ name }) => name === 'conversation.muted').map(({ payload }) => payload);
    await eventually(() => expect(muted(other)).toEqual([{ conversationId: group.id, muted: true }]));
    expect(await group.member(tom, tom)).toMatchObject({ muted: true });
    expect(await group.member(application, tom)).toMatchObject({ muted: true });
    expect(await group.member(jerry, tom)).not.toHaveProperty('muted');
    expect((await group.members(jerry)).members[0]).not.toHaveProperty('muted');
    const later = await tom.connect();
    expect(later.ready.conversations).toMatchObject([{ conversationId: group.id, muted: true }]);
    await group.mute(application, tom, false);
    await eventually(() => expect(muted(other).at(-1)).toEqual({ conversationId: group.id, muted: false }));
    expect(muted(toms)).toEqual([]);
    expect(memberEvents(await group.timeline())).toHaveLength(1);
    expect(await refusal(group.mute(spike, spike))).toBe('member_not_found');
  });

  test('sessions find by themselves what they were not told', async () => {
    const client = await tom.connect();
    // As after a notice that was lost.
    await world.database.sql(
      `UPDATE conversation.member SET muted = true WHERE user_id = 'tom' AND application_id = $1`,
      application.id,
    );
    await world.database.sql(
      `UPDATE conversation."user" SET list_version = list_version + 1 WHERE id = 'tom' AND application_id = $1`,
      application.id,
    );
    await eventually(() => {
      expect(client.heard.at(-1)).toEqual({
        name: 'conversation.muted',
        payload: { conversationId: group.id, muted: true },
      });
    });
  });
});

describe('the list of members', () => {
  test('has those who are in and those invited, by state and role, page by page', async () => {
    await group.invite(ann, spike);
    const ids = async (by: TestUser, query?: Record<string, string | number>): Promise<string[]> =>
      (await group.members(by, query)).members.map(({ userId }) => userId);
    expect(await ids(tom)).toEqual(['ann', 'jerry', 'max', 'spike', 'tom']);
    expect(await ids(tom, { state: 'invited' })).toEqual(['spike']);
    expect(await ids(tom, { state: 'joined', role: 'member' })).toEqual(['jerry', 'tom']);
    const first = await group.members(tom, { limit: 3 });
    expect(first.members.map(({ userId }) => userId)).toEqual(['ann', 'jerry', 'max']);
    expect(await ids(tom, { limit: 3, cursor: first.nextCursor! })).toEqual(['spike', 'tom']);
    expect((await group.members(tom, { limit: 5 })).nextCursor).toBeNull();
    expect(await refusal(ids(spike))).toBe('not_a_member');
    const { members } = await tom.call<{ members: { userId: string }[] }>(operations.getConversation, {
      parameters: { conversationId: group.id },
    });
    expect(members.map(({ userId }) => userId)).not.toContain('spike');
  });
});
