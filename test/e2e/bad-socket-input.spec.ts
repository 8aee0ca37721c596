import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { errorCatalogue, type ErrorCode, type WireError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { HandshakeAuth } from '#contracts/sockets.js';
import { ConnectionRefused, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { World } from '../harness/world.js';
import { badFields, commands, good, inConversations, missing, nested, type Command } from './bad-commands.js';
import { castOf, usedKey, type Cast } from './bad-input-cast.js';

let world: World;
let cast: Cast;
let before: Record<string, number>;

beforeAll(async () => {
  world = await World.start();
  cast = await castOf(world);
  await world.idle();
});
afterAll(() => world.close());

/** Of what clients say; that they have connected is remembered besides. */
async function rowCounts(): Promise<Record<string, number>> {
  const counts = Object.entries(await world.database.rowCounts());
  return Object.fromEntries(counts.filter(([table]) => !table.startsWith('conversation.session')));
}

// "Nothing stored" is part of every promise here.
beforeEach(async () => {
  before = await rowCounts();
});
afterEach(async () => {
  expect(await rowCounts()).toEqual(before);
});

async function refused(client: Client, command: Command, request: unknown): Promise<WireError> {
  const answer = await client.call<{ ok: boolean; error: WireError }>(command, request);
  expect(answer).toMatchObject({ ok: false });
  return answer.error;
}

async function expectRefusal(
  client: Client,
  command: Command,
  request: unknown,
  code: ErrorCode,
): Promise<WireError> {
  const error = await refused(client, command, request);
  expect(error).toMatchObject({ code, retryable: errorCatalogue[code].retryable });
  return error;
}

describe('commands', () => {
  test.each(commands)('%s: what is no object, or has fields it should not have', async (command) => {
    const { client } = cast;
    const proto = JSON.parse('{"__proto__":{"isAdministrator":true}}') as object;
    for (const request of [
      ...[undefined, null, 1, true, '', 'text', [], {}, [good[command]], Buffer.from('{}'), nested(1_000)],
      ...[
        { ...good[command], extra: 1 },
        { ...good[command], senderId: 'jerry' },
        { ...good[command], ...proto },
      ],
    ]) {
      await expectRefusal(client, command, request, 'invalid_request');
    }
  });

  test.each(
    commands.flatMap((command) => Object.keys(badFields[command]).map((field) => [command, field] as const)),
  )('%s: %s of the wrong type, size or form is named in the answer', async (command, field) => {
    for (const value of badFields[command][field]!) {
      const request = { ...good[command], [field]: value };
      if (value === missing) Reflect.deleteProperty(request, field);
      const { errors } = await expectRefusal(cast.client, command, request, 'invalid_request');
      expect(errors?.map(({ pointer }) => pointer)).toContainEqual(expect.stringMatching(`^/${field}(/|$)`));
    }
  });

  test.each([
    { type: 'text', text: 'x'.repeat(limits.messageBytes - 1) },
    { type: 'text', text: '😀'.repeat(limits.messageBytes / 4) },
    { type: 'json', json: 'x'.repeat(limits.messageBytes - 1) },
    { type: 'binary', data: Buffer.alloc(limits.messageBytes + 1).toString('base64') },
    { type: 'binary', data: Buffer.alloc(limits.messageBytes + 1) },
  ])('message.send: more than 64 KiB is too large', async (content) => {
    await expectRefusal(
      cast.client,
      'message.send',
      { conversationId: 'group', content },
      'message_too_large',
    );
  });

  test('custom_event.send: more than 4,096 bytes of data are too large', async () => {
    for (const data of [
      'x'.repeat(limits.customEventDataBytes - 1),
      '界'.repeat(limits.customEventDataBytes / 3),
    ]) {
      const request = { conversationId: 'group', name: 'a', data };
      await expectRefusal(cast.client, 'custom_event.send', request, 'custom_event_data_too_large');
    }
  });

  test.each(inConversations)(
    '%s: an unknown conversation, and one of another application',
    async (command) => {
      const request = { ...good[command], conversationId: 'nowhere' };
      await expectRefusal(cast.client, command, request, 'conversation_not_found');
      const foreigner = await cast.foreigner.connect();
      await expectRefusal(foreigner, command, good[command], 'conversation_not_found');
      foreigner.disconnect();
    },
  );

  test.each(inConversations)('%s: a user who is not in the conversation', async (command) => {
    const spike = await cast.spike.connect();
    // Rooms have no members, and a group is none.
    const code = command.startsWith('room.') ? 'wrong_conversation_kind' : 'not_a_member';
    await expectRefusal(spike, command, good[command], code);
    spike.disconnect();
  });

  test.each(['message.send', 'custom_event.send'] as const)(
    '%s: a sender who is silenced, and conversations that take no events',
    async (command) => {
      const silenced = await cast.silenced.connect();
      await expectRefusal(silenced, command, good[command], 'member_silenced');
      silenced.disconnect();
      const { client, inactive, deleted } = cast;
      await expectRefusal(
        client,
        command,
        { ...good[command], conversationId: inactive },
        'conversation_inactive',
      );
      await expectRefusal(
        client,
        command,
        { ...good[command], conversationId: deleted },
        'conversation_not_found',
      );
    },
  );

  test('session.refresh: a token that must not be accepted, of another user, and of another application', async () => {
    const { client, spike, foreigner } = cast;
    for (const [name, token] of Object.entries(cast.tokens)) {
      const code = name === 'that has expired' ? 'token_expired' : 'unauthenticated';
      await expectRefusal(client, 'session.refresh', { token }, code);
    }
    for (const { token } of [spike, foreigner])
      await expectRefusal(client, 'session.refresh', { token }, 'forbidden');
  });

  test('events.list: a cursor that this list did not give', async () => {
    for (const cursor of ['', 'x', 'djEu', 'djEuLTE', '\u0000'])
      await expectRefusal(cast.client, 'events.list', { ...good['events.list'], cursor }, 'invalid_cursor');
  });

  test('without a function to acknowledge to, bad commands are ignored and the client stays connected', async () => {
    const { client } = cast;
    for (const command of commands) {
      for (const request of [undefined, null, 'text', {}, nested(1_000)]) client.emit(command, request);
      client.emit(command, {}, 'no function');
    }
    client.emit('nothing', 1);
    await expectRefusal(client, 'events.list', {}, 'invalid_request');
    expect(client.isConnected).toBe(true);
  });

  test('a packet above the limit ends the connection and nothing else', async () => {
    const jerry = await (await cast.application.known('jerry')).connect();
    jerry.emit('message.send', {
      conversationId: 'group',
      content: { type: 'text', text: 'x'.repeat(1_000_000) },
    });
    await eventually(() => {
      expect(jerry.isConnected).toBe(false);
    });
    expect(cast.client.isConnected).toBe(true);
  });

  test('at most 16 commands of a session wait for one conversation', async () => {
    const { client } = cast;
    const request = { conversationId: 'nowhere', content: { type: 'text', text: 'a' } };
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => refused(client, 'message.send', request)),
    );
    expect(new Set(answers.map(({ code }) => code))).toEqual(
      new Set(['conversation_not_found', 'too_many_waiting'] satisfies ErrorCode[]),
    );
    expect(answers.slice(0, limits.laneWaiting + 1).map(({ code }) => code)).not.toContain(
      'too_many_waiting',
    );
  });
});

describe('connecting', () => {
  async function expectRefused(auth: unknown, code: ErrorCode): Promise<void> {
    const refusal = await world.connect(0, auth as HandshakeAuth).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(ConnectionRefused);
    expect((refusal as ConnectionRefused).error).toMatchObject({ code });
  }

  test('without a token, or with something else', async () => {
    for (const auth of [
      undefined,
      {},
      { token: 1 },
      { token: null },
      { token: ['a'] },
      { token: 'x'.repeat(8_193) },
    ])
      await expectRefused(auth, 'invalid_request');
    await expectRefused({ token: '' }, 'unauthenticated');
    await expectRefused({ token: cast.application.keys.masterKey }, 'unauthenticated');
  });

  test('with a token that must not be accepted', async () => {
    for (const [name, token] of Object.entries(cast.tokens))
      await expectRefused({ token }, name === 'that has expired' ? 'token_expired' : 'unauthenticated');
  });

  test('with a tag that cannot be', async () => {
    const { token } = cast.tom;
    for (const tag of [1, null, '', [], {}, 'x'.repeat(limits.sessionTagLength + 1), 'a\nb', '\ud83d'])
      await expectRefused({ token, tag }, 'invalid_request');
  });

  test('with the token of a user who does not exist', async () => {
    await expectRefused({ token: cast.nobodysToken }, 'user_not_found');
  });

  test('with positions that cannot be', async () => {
    const { token } = cast.tom;
    for (const resume of [
      1,
      null,
      'x',
      [],
      { group: '1' },
      { group: -1 },
      { group: 1.5 },
      { group: null },
      { 'a b': 1 },
    ])
      await expectRefused({ token, resume }, 'invalid_request');
  });

  test('with positions of conversations that are unknown, or beyond the end, is no error', async () => {
    const client = await cast.tom.connect({ resume: { nowhere: 7, group: 1_000_000 } });
    expect(client.ready.conversations.map(({ conversationId }) => conversationId)).not.toContain('nowhere');
    expect(client.events({ id: 'group' })).toEqual([]);
    client.disconnect();
  });

  test('a used idempotency key with other content is a conflict', async () => {
    const { client } = cast;
    const request = { ...good['message.send'], idempotencyKey: usedKey };
    await expectRefusal(client, 'message.send', request, 'idempotency_key_reused');
  });
});
