import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { Group, memberEvents, refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});
afterAll(() => world.close());

/** Made by Tom, with Jerry and Spike. */
async function amongEquals(): Promise<Group> {
  const members = [{ userId: 'jerry' }, { userId: 'spike' }];
  const { id } = await tom.call<Conversation>(operations.createConversation, {
    body: { equalMembers: true, members },
  });
  return new Group(id, application);
}

const rename = (group: Group, by: TestApplication | TestUser, body: object): Promise<Conversation> =>
  group.ask(by, operations.updateConversation, { body });

describe('in a conversation of equals', () => {
  test('whoever has made it is a member like the others', async () => {
    const group = await amongEquals();
    const { members } = await group.members(jerry);
    expect(members.map(({ userId, role }) => [userId, role])).toEqual([
      ['jerry', 'member'],
      ['spike', 'member'],
      ['tom', 'member'],
    ]);
    const shown = await group.ask<Conversation>(jerry, operations.getConversation, {});
    expect(shown).toMatchObject({ equalMembers: true, createdBy: 'tom' });
    expect((await application.group([tom])).equalMembers).toBe(false);
  });

  test('every member adds, silences, blocks and removes others, its maker among them', async () => {
    const group = await amongEquals();
    await group.silence(jerry, spike);
    await group.liftSilence(spike, spike);
    await group.remove(spike, tom);
    await group.add(jerry, tom);
    await group.ask(tom, operations.blockInConversation, { body: { userId: 'spike' } });
    expect(memberEvents(await group.timeline()).map(({ type, senderId }) => [type, senderId])).toEqual([
      ['member.joined', 'tom'],
      ['member.updated', 'jerry'],
      ['member.updated', 'spike'],
      ['member.left', 'spike'],
      ['member.joined', 'jerry'],
      ['member.left', 'tom'],
    ]);
  });

  test('every member changes it, recalls what others have said, and ends it', async () => {
    const group = await amongEquals();
    expect(await rename(group, jerry, { name: 'Kitchen' })).toMatchObject({ name: 'Kitchen' });
    const { body } = await tom.send(group, 'Holy crap!');
    const { eventId } = body as { eventId: string };
    await group.ask(spike, operations.recallMessage, { parameters: { eventId } });
    expect(await application.history(group)).toContainEqual(
      expect.objectContaining({ type: 'message.recalled', senderId: 'spike' }),
    );
    await rename(group, spike, { state: 'inactive' });
    await rename(group, jerry, { state: 'active' });
    await group.ask(jerry, operations.deleteConversation, {});
    expect(await refusal(group.members(tom))).toBe('conversation_not_found');
  });

  test('everybody may leave, the last one too', async () => {
    const group = await amongEquals();
    for (const user of [tom, spike, jerry]) await group.leave(user);
    expect((await group.members(application)).members).toEqual([]);
  });

  test('nobody is given a role, not by a server either', async () => {
    const group = await amongEquals();
    for (const by of [tom, application])
      for (const refused of [
        group.makeRole(by, jerry, 'manager'),
        group.transfer(by, jerry),
        group.add(by, await application.known('jerry'), 'manager'),
        group.invite(by, await application.known('jerry'), 'owner'),
      ])
        expect(await refusal(refused)).toBe('members_are_equal');
    expect((await group.members(tom)).members.map(({ role }) => role)).toEqual([
      'member',
      'member',
      'member',
    ]);
  });
});

test('equality ends at the conversation: who is in it is a plain member elsewhere, and an outsider here', async () => {
  const group = await amongEquals();
  await group.remove(jerry, tom);
  expect(await refusal(rename(group, tom, { name: 'x' }))).toBe('not_a_member');
  const { id } = await tom.call<Conversation>(operations.createConversation, {
    body: { members: [{ userId: 'jerry' }, { userId: 'spike' }] },
  });
  const usual = new Group(id, application);
  expect(await refusal(usual.remove(jerry, spike))).toBe('insufficient_role');
  expect(await refusal(rename(usual, jerry, { name: 'x' }))).toBe('insufficient_role');
});

test('whoever is only invited is no equal yet', async () => {
  const group = await amongEquals();
  const tyke = await application.user('tyke');
  await group.invite(jerry, tyke);
  expect(await refusal(group.remove(tyke, tom))).toBe('not_a_member');
  await group.join(tyke);
  await group.remove(tyke, tom);
  expect((await group.members(tyke)).members.map(({ userId }) => userId)).toEqual(['jerry', 'spike', 'tyke']);
});
