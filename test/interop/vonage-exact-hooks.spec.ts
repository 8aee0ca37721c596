import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { findStays } from '#contracts/stays.js';
import { listStoredEvents } from '#contracts/history.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication, type Room } from './vonage-application.js';

let world: SharedWorld;
let vonage: VonageApplication;
let room: Room;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
  room = await vonage.room('alice', 'bob');
});
afterAll(() => world.close());

const path = (): string => `/beta2/conversations/${room.id}/events`;

async function send(text: string): Promise<number> {
  const raw = `{"type":"custom:exact","from":"${room.members['alice']!}","body":${text},"cid":"${room.id}"}`;
  const headers = { 'content-type': 'application/json' };
  const as = vonage.token('alice');
  return (await vonage.ask<{ id: number }>('POST', path(), { raw, as, headers })).id;
}

/** The answer as it came. */
async function textOf(url: string): Promise<string> {
  const answer = await fetch(world.gateways[1]!.url + url, {
    headers: { authorization: `Bearer ${vonage.token('bob')}` },
  });
  expect(answer.status).toBe(200);
  return answer.text();
}

describe('the text of custom data', () => {
  test('is kept beside its value only where it is another one', async () => {
    const [exact, plain] = [await send('{"long":9007199254740993}'), await send('{"your":"data"}')];
    const { events } = await world.ask(listStoredEvents, {
      ...{ applicationId: vonage.application.id, conversationId: room.id, actor: { kind: 'master' } },
      ...{ types: null, order: 'ascending', limit: 9, fromSeq: exact, toSeq: plain },
    });
    expect(events.map(({ dataText }) => dataText)).toEqual(['{"long":9007199254740993}', undefined]);
    const stays = await world.ask(findStays, {
      ...{ applicationId: vonage.application.id, conversationId: room.id, by: { userIds: ['alice'] } },
    });
    expect(events.map(({ senderMemberId }) => senderMemberId)).toEqual(events.map(() => stays.stays[0]!.id));
  });

  test('comes through a hook that leaves it alone, and not through one that rewrites it', async () => {
    const text = '{"long":9007199254740993,"2":1,"1":2}';
    const seen: unknown[] = [];
    const letting = await vonage.application.hook(({ body }) => {
      seen.push(body.event.content);
      return {};
    });
    const untouched = String(await send(text));
    expect(seen).toEqual([{ type: 'json', json: { long: 9007199254740992, 2: 1, 1: 2 } }]);
    expect(await textOf(`/v1/conversations/${room.id}/events/${untouched}`)).toContain(`"body":${text}`);
    await vonage.application.deleteHook(letting);
    const rewriting = await vonage.application.hook(() => ({
      content: { type: 'json', json: { long: 1.5 } },
    }));
    const rewritten = String(await send(text));
    expect(await textOf(`/v1/conversations/${room.id}/events/${rewritten}`)).toContain('"body":{"long":1.5}');
    await vonage.application.deleteHook(rewriting);
  });

  test('has up to 4,096 bytes, white space not counted', async () => {
    const ofBytes = (bytes: number): string => `{"a":"${'\\u00e9'.repeat((bytes - 8) / 6)}"}`;
    expect(ofBytes(4_094)).toHaveLength(4_094);
    await send(`${' '.repeat(100)}${ofBytes(4_094)}`);
    const from = room.members['alice']!;
    const raw = `{"type":"custom:exact","from":"${from}","body":${ofBytes(4_100)}}`;
    const before = await vonage.application.history(room);
    const said = { raw, as: vonage.token('alice'), headers: { 'content-type': 'application/json' } };
    const [status] = await vonage.refusal('POST', path(), said);
    expect(status).toBe(400);
    expect(await vonage.application.history(room)).toEqual(before);
  });
});
