import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { MessageEvent } from '#contracts/event.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { HttpAnswer } from '../harness/signed-server.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: { readonly id: string };

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  group = await application.group([tom, jerry, spike]);
});

/** What absent users are told, each by what its device gets. */
async function told(): Promise<string[]> {
  const { notifications } = await application.call<{
    notifications: { userId: string; payload: { body?: string } }[];
  }>(operations.listPushNotifications);
  return notifications
    .map(({ userId, payload }) => `${userId}: ${payload.body ?? JSON.stringify(payload)}`)
    .toSorted();
}

/** Notifications of a conversation come in its order, so that what was to come before them has come. */
const expectTold = (...what: string[]): Promise<void> =>
  eventually(async () => {
    expect(await told()).toEqual(what);
  });

const send = (text: string, mentions?: object): Promise<{ eventId: string }> =>
  tom.call(operations.sendMessage, {
    parameters: { conversationId: group.id },
    body: { content: { type: 'text', text }, ...(mentions !== undefined && { mentions }) },
  });

const mute = (user: TestUser): Promise<unknown> =>
  user.call(operations.muteConversation, { parameters: { conversationId: group.id, userId: user.id } });

const textOf = ({ content }: MessageEvent): string => (content.type === 'text' ? content.text : '');

describe('a receiversOffline hook', () => {
  test('is asked about the absent, those included who muted the conversation, and told who is mentioned', async () => {
    await mute(spike);
    const butch = await application.user('butch');
    await application.add(group, butch);
    await butch.connect();
    const hook = await application.on('receiversOffline', () => ({}));
    const { eventId } = await send('Holy crap!', { userIds: ['spike', 'butch'] });
    await send('Everybody!', { everyone: true });
    await expectTold('jerry: Everybody!', 'jerry: Holy crap!');
    const [first, second] = hook.bodies;
    expect(first).toMatchObject({
      hook: 'receiversOffline',
      applicationId: application.id,
      conversation: { id: group.id, kind: 'group', attributes: {} },
      origin: { address: '127.0.0.1', dialect: 'native' },
      event: { id: eventId, type: 'message', senderId: 'tom', content: { type: 'text', text: 'Holy crap!' } },
      mentionsEveryone: false,
      mentionedOffline: ['spike'],
    });
    expect(first?.offlineRecipients.toSorted()).toEqual(['jerry', 'spike']);
    expect(second).toMatchObject({ mentionsEveryone: true, mentionedOffline: [] });
  });

  test('is not asked when nobody is absent, about what is no message, or about rooms', async () => {
    const hook = await application.on('receiversOffline', () => ({}));
    const room = await application.group([], { kind: 'room' });
    await application.call(operations.sendMessage, {
      parameters: { conversationId: room.id },
      body: { senderId: 'tom', content: { type: 'text', text: 'in a room' } },
    });
    const alone = await application.group([tom]);
    await tom.send(alone, 'to myself');
    await tom.sendCustom(group, 'wave', 1);
    await send('last');
    await expectTold('jerry: last', 'spike: last');
    expect(hook.bodies.map(({ event }) => textOf(event))).toEqual(['last']);
  });

  test('skips, chooses who is notified, and gives what their devices get', async () => {
    const push = { badge: 'Increment', sound: 'default', alert: { nested: [1, null] } };
    await application.on('receiversOffline', ({ body: { event } }) =>
      textOf(event) === 'skip' ? { action: 'skip' } : { recipients: ['spike'], push },
    );
    await send('skip');
    await send('to one');
    await expectTold(`spike: ${JSON.stringify(push)}`);
  });

  test('is not shown what a server gave for the devices, which they get unless the hook gives another', async () => {
    const given = { alert: 'from the server', sound: 'bell' };
    const decided = { alert: 'from the hook' };
    const hook = await application.on('receiversOffline', ({ body: { event } }) =>
      textOf(event) === 'decided' ? { push: decided } : { recipients: ['spike'] },
    );
    for (const text of ['kept', 'decided'])
      await application.call(operations.sendMessage, {
        parameters: { conversationId: group.id },
        body: { senderId: tom.id, content: { type: 'text', text }, push: given },
      });
    await expectTold(
      `jerry: ${JSON.stringify(decided)}`,
      ...[decided, given].map((push) => `spike: ${JSON.stringify(push)}`),
    );
    expect(JSON.stringify(hook.bodies)).not.toContain('from the server');
  });

  test('may name whoever may see the message, connected or not, and nobody else', async () => {
    const butch = await application.user('butch');
    await jerry.connect();
    await application.on('receiversOffline', () => ({
      action: 'notify',
      recipients: ['butch', 'jerry', 'tom', 'nobody'],
    }));
    await send('secret');
    await expectTold('jerry: secret');
    await application.add(group, butch);
    await send('known');
    await expectTold('butch: known', 'jerry: known', 'jerry: secret');
  });

  test('may force those to be notified who muted the conversation; without that, nobody named does it', async () => {
    await mute(spike);
    await mute(jerry);
    await application.on('receiversOffline', ({ body: { event } }) =>
      textOf(event) === 'important' ? { force: true } : { recipients: ['jerry'] },
    );
    await send('named');
    await send('important');
    await expectTold('jerry: important', 'spike: important');
  });

  test('sees what the one before it left, and its payload stands', async () => {
    await application.on('receiversOffline', () => ({ recipients: ['spike'], push: { from: 'first' } }), {
      position: 1,
    });
    const second = await application.on('receiversOffline', () => ({ push: { from: 'second' } }), {
      position: 2,
    });
    await send('Hello', { userIds: ['jerry', 'spike'] });
    await expectTold('spike: {"from":"second"}');
    expect(second.bodies).toMatchObject([{ offlineRecipients: ['spike'], mentionedOffline: ['spike'] }]);
  });
});

describe('what a hook gave', () => {
  test('goes with an edit, which it might contradict, and with the recall', async () => {
    await application.on('receiversOffline', ({ body: { event } }) => ({ push: { quote: textOf(event) } }));
    const { eventId } = await send('quoted once');
    await expectTold('jerry: {"quote":"quoted once"}', 'spike: {"quote":"quoted once"}');
    expect((await tom.update(group, eventId, 'Holy cow!')).status).toBe(200);
    await expectTold('jerry: Holy cow!', 'spike: Holy cow!');
    expect((await tom.recall(group, eventId)).status).toBe(200);
    await expectTold();
    expect(await world.database.tablesWith('quoted once')).toEqual([]);
  });
});

describe('when a hook fails', () => {
  const fails = () => new HttpAnswer(500);

  test('everybody is notified as without it, or nobody, by its policy; and the next message goes on', async () => {
    const hook = await application.on('receiversOffline', fails, { failurePolicy: 'continue' });
    await mute(spike);
    await send('as ever');
    await expectTold('jerry: as ever');
    await application.deleteHook(hook);
    const strict = await application.on('receiversOffline', fails, { failurePolicy: 'abort' });
    await send('nobody hears');
    await eventually(() => {
      expect(strict.received).toHaveLength(1);
    });
    strict.behave(() => ({}));
    await send('again');
    await expectTold('jerry: again', 'jerry: as ever');
  });

  test('too large a payload is a failure', async () => {
    await application.on('receiversOffline', () => ({ push: { text: 'x'.repeat(4_096) } }));
    await send('preview');
    await expectTold('jerry: preview', 'spike: preview');
  });

  test('hook-engine itself, the notification waits, and the hook is asked again with the same id', async () => {
    const isKilled = Promise.withResolvers<undefined>();
    const killing = async (): Promise<object> => {
      // The question is heard, and nobody will hear the answer.
      await world.hookEngine.kill();
      isKilled.resolve(undefined);
      return { action: 'skip' };
    };
    const hook = await application.on('receiversOffline', killing, { deadline: 9_000 });
    await send('patience');
    await isKilled.promise;
    hook.behave(() => ({ push: { after: 'all' } }));
    await world.hookEngine.start();
    await world.whole();
    await expectTold('jerry: {"after":"all"}', 'spike: {"after":"all"}');
    expect(new Set(hook.received.map(({ id }) => id)).size).toBe(1);
    const jobs = await world.database.sql(
      `SELECT attempts FROM push_notification.job WHERE target LIKE $1`,
      `%:${application.id}`,
    );
    expect(jobs).toEqual([{ attempts: 0 }]);
  });
});
