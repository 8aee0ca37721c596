import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { Member } from '#contracts/members.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { refusal } from '../harness/members.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let room: { readonly id: string };

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

beforeEach(async () => {
  application = await world.application();
  [tom, jerry] = await application.users('tom', 'jerry');
  room = await application.call<{ id: string }>(operations.createConversation, { body: { kind: 'room' } });
});

function enter(client: Client, afterSeq?: number): Promise<unknown> {
  const request = { conversationId: room.id, ...(afterSeq !== undefined && { afterSeq }) };
  return client.call('room.enter', request);
}

function leave(client: Client): Promise<unknown> {
  return client.call('room.leave', { conversationId: room.id });
}

async function attending(by: TestApplication | TestUser = application, query = {}): Promise<string[]> {
  const parameters = { conversationId: room.id };
  const request = { as: by, parameters, query };
  return (await world.call<{ members: Member[] }>(operations.listMembers, request)).members.map(
    ({ userId }) => userId,
  );
}

function block(userId: string): Promise<unknown> {
  const parameters = { conversationId: room.id };
  return application.call(operations.blockInConversation, { parameters, body: { userId } });
}

const said = (client: Client): unknown[] =>
  client.events(room).map((event) => 'content' in event && event.content);
const text = (words: string) => ({ type: 'text', text: words });

describe('rooms', () => {
  test('whoever enters hears, sends and reads; nobody else does; coming and going is no event', async () => {
    const [toms, jerrys] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    expect((await tom.send(room, 'outside')).body).toMatchObject({ code: 'not_a_member' });
    expect(await refusal(tom.history(room))).toBe('not_a_member');
    for (const client of [toms, jerrys])
      expect(await enter(client)).toEqual({ ok: true, seq: 0, tooFarBehind: false });
    stored(await toms.send(room, 'one'));
    expect((await jerry.send(room, 'two')).status).toBe(201);
    await eventually(() => {
      for (const client of [toms, jerrys]) expect(said(client)).toEqual([text('one'), text('two')]);
    });
    expect(await attending(tom)).toEqual(['jerry', 'tom']);
    expect(await attending(application, { limit: 1 })).toEqual(['jerry']);
    expect(await attending(application, { state: 'invited' })).toEqual([]);
    expect((await jerry.history(room)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect(await leave(jerrys)).toEqual({ ok: true });
    expect(await leave(jerrys)).toEqual({ ok: true });
    expect(await jerrys.send(room, 'gone')).toMatchObject({ error: { code: 'not_a_member' } });
    stored(await toms.send(room, 'three'));
    await eventually(() => expect(said(toms)).toHaveLength(3));
    expect(said(jerrys)).toHaveLength(2);
    expect(await attending()).toEqual(['tom']);
  });

  test('through a hook too, which is told who is there', async () => {
    const hook = await application.hook(() => ({}));
    const [toms, jerrys] = [await tom.connect(), await jerry.connect()];
    await enter(toms);
    expect(await jerrys.send(room, 'outside')).toMatchObject({ error: { code: 'not_a_member' } });
    await enter(jerrys);
    stored(await toms.send(room, 'inside'));
    expect(hook.bodies).toMatchObject([{ recipients: ['jerry'] }]);
    await eventually(() => expect(said(jerrys)).toEqual([text('inside')]));
  });

  test('entering after a seq catches up', async () => {
    const toms = await tom.connect();
    await enter(toms);
    for (const words of ['one', 'two', 'three']) stored(await toms.send(room, words));
    const jerrys = await jerry.connect({ gateway: 1 });
    expect(await enter(jerrys, 1)).toEqual({ ok: true, seq: 3, tooFarBehind: false });
    expect(said(jerrys)).toEqual([text('two'), text('three')]);
    expect(await enter(jerrys)).toMatchObject({ ok: true, seq: 3 });
    stored(await toms.send(room, 'four'));
    await eventually(() => expect(said(jerrys)).toHaveLength(3));
  });

  test('a user is in while one of its sessions is: closing the last one is leaving', async () => {
    const [first, second] = [await tom.connect(), await tom.connect({ gateway: 1 })];
    for (const client of [first, second]) await enter(client);
    expect(await attending()).toEqual(['tom']);
    first.disconnect();
    stored(await second.send(room, 'still here'));
    second.disconnect();
    await eventually(async () => expect(await attending()).toEqual([]));
    expect((await tom.send(room, 'gone')).body).toMatchObject({ code: 'not_a_member' });
    const again = await tom.connect({ resume: {} });
    expect(again.ready.conversations).toEqual([]);
    expect(await enter(again, 0)).toMatchObject({ ok: true, seq: 1 });
    expect(said(again)).toEqual([text('still here')]);
  });

  test('whoever is blocked is put out, hears that and nothing more, and cannot come back', async () => {
    const [toms, jerrys] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    for (const client of [toms, jerrys]) await enter(client);
    await block('jerry');
    await eventually(() => {
      expect(jerrys.heard.at(-1)).toEqual({ name: 'room.left', payload: { conversationId: room.id } });
    });
    stored(await toms.send(room, 'in private'));
    await eventually(() => expect(said(toms)).toHaveLength(1));
    expect(said(jerrys)).toEqual([]);
    expect(await enter(jerrys)).toMatchObject({ error: { code: 'user_blocked' } });
    expect(await attending()).toEqual(['tom']);
  });

  test('a session that was not told finds out', async () => {
    const toms = await tom.connect();
    await enter(toms);
    // As after a notice that was lost.
    await world.database.sql(
      `DELETE FROM conversation.room_attendance WHERE application_id = $1`,
      application.id,
    );
    await world.database.sql(
      `UPDATE conversation."user" SET list_version = list_version + 1 WHERE application_id = $1`,
      application.id,
    );
    await eventually(() => expect(toms.heard.at(-1)?.name).toBe('room.left'));
  });

  test('a room that is deleted is so for whoever is in it, and for nobody else', async () => {
    const [toms, jerrys] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
    const elsewhere = await tom.connect();
    for (const client of [toms, jerrys]) await enter(client);
    const parameters = { conversationId: room.id };
    await application.call(operations.deleteConversation, { parameters });
    const deleted = { name: 'conversation.deleted', payload: { conversationId: room.id } };
    for (const client of [toms, jerrys]) {
      await eventually(() => expect(client.heard.slice(1)).toEqual([deleted]));
      for (const attempt of [enter(client), client.send(room, 'gone')])
        expect(await attempt).toMatchObject({ error: { code: 'conversation_not_found' } });
    }
    const another = await application.group([tom]);
    await eventually(() => expect(elsewhere.events(another)).toHaveLength(1));
    expect(elsewhere.heard).not.toContainEqual(deleted);
  });

  test('a session that was not told of the deletion finds out', async () => {
    const toms = await tom.connect();
    await enter(toms);
    // Exactly what a deletion stores, without anybody who tells.
    await world.database.sql(
      `WITH deleted AS (
         UPDATE conversation.conversation_head SET state = 'deleted'
         WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)
       )
       UPDATE conversation."user" SET list_version = list_version + 1 WHERE application_id = $2 AND id = 'tom'`,
      room.id,
      application.id,
    );
    await eventually(() => expect(toms.heard.at(-1)?.name).toBe('conversation.deleted'));
  });

  test('resuming does not take a room for deleted, nor what the user is invited to, or has never been in', async () => {
    const [strange, inviting] = [await application.group([jerry]), await application.group([jerry])];
    const body = { members: [{ userId: 'tom' }] };
    await application.call(operations.inviteMembers, { parameters: { conversationId: inviting.id }, body });
    const resume = { [room.id]: 0, [strange.id]: 0, [inviting.id]: 0, nowhere: 0 };
    const toms = await tom.connect({ resume });
    expect(toms.heard).toEqual([
      { name: 'conversation.deleted', payload: { conversationId: 'nowhere' } },
      { name: 'session.ready', payload: toms.ready },
    ]);
    expect(toms.ready.conversations).toEqual([]);
  });

  test('an entering beside a block: whichever is first, the blocked user is out', async () => {
    const toms = await tom.connect();
    await Promise.all([enter(toms), block('tom')]);
    await eventually(async () => expect(await attending()).toEqual([]));
    expect(await enter(toms)).toMatchObject({ error: { code: 'user_blocked' } });
  });

  test('what is no open room cannot be entered, and a room has no members otherwise', async () => {
    const toms = await tom.connect();
    const { id: group } = await application.group([tom]);
    const tryIn = (conversationId: string) => toms.call('room.enter', { conversationId });
    expect(await tryIn(group)).toMatchObject({ error: { code: 'wrong_conversation_kind' } });
    expect(await tryIn('nowhere')).toMatchObject({ error: { code: 'conversation_not_found' } });
    const closed = await application.call<{ id: string }>(operations.createConversation, {
      body: { kind: 'room', joinRule: 'invited', ownerId: 'jerry' },
    });
    expect(await tryIn(closed.id)).toMatchObject({ error: { code: 'not_a_member' } });
    const jerrys = await jerry.connect();
    expect(await jerrys.call('room.enter', { conversationId: closed.id })).toMatchObject({ ok: true });
    const parameters = { conversationId: room.id };
    const body = { members: [{ userId: 'tom' }] };
    for (const attempt of [
      application.call(operations.addMembers, { parameters, body }),
      application.call(operations.inviteMembers, { parameters, body }),
      tom.call(operations.joinConversation, { parameters, body: {} }),
    ])
      expect(await refusal(attempt)).toBe('wrong_conversation_kind');
    const foreign = await world.application();
    const stranger = await (await foreign.user('tom')).connect();
    expect(await enter(stranger)).toMatchObject({ error: { code: 'conversation_not_found' } });
  });

  test('nobody is pushed what is said in a room', async () => {
    const [toms, jerrys] = [await tom.connect(), await jerry.connect()];
    for (const client of [toms, jerrys]) await enter(client);
    jerrys.disconnect();
    await eventually(async () => expect(await attending()).toEqual(['tom']));
    stored(await toms.send(room, 'anybody?'));
    await world.settled(application);
    expect(await application.call(operations.listPushNotifications)).toMatchObject({ notifications: [] });
  });
});
