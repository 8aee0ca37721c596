import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequestOf } from '#contracts/hooks/requests.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import type { Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { HttpAnswer } from '../harness/signed-server.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let group: { readonly id: string };
let eventId: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
  group = await application.group([tom, jerry, spike]);
  const { body } = await tom.send(group, 'said');
  ({ eventId } = body as { eventId: string });
});

const typesHeard = (client: Client): string[] => client.events(group).map(({ type }) => type);
const contentSeenBy = async (user: TestUser): Promise<unknown> =>
  ((await user.event(group, eventId)).body as { content: unknown }).content;
const said = { type: 'text', text: 'said' };

describe('a messageUpdate hook', () => {
  test('is asked about a recall, of a user or of a server, and cannot give it a content', async () => {
    const hook = await application.on('messageUpdate', () => ({
      content: { type: 'text', text: 'still here' },
    }));
    expect(await tom.recall(group, eventId)).toMatchObject({ status: 200, body: { seq: 3 } });
    expect(await contentSeenBy(jerry)).toEqual({ type: 'recalled' });
    const second = (await jerry.send(group, 'another')).body as { eventId: string };
    await application.call(operations.recallMessage, {
      parameters: { conversationId: group.id, eventId: second.eventId },
    });
    const [byTom, byServer] = hook.bodies;
    expect(byTom).toMatchObject({
      hook: 'messageUpdate',
      conversation: { id: group.id, kind: 'group', attributes: {} },
      origin: { address: '127.0.0.1', dialect: 'native' },
      initiatorId: 'tom',
      event: { id: eventId, seq: 2, type: 'message', senderId: 'tom', content: { type: 'recalled' } },
      recall: true,
    });
    expect(byTom?.recipients.toSorted()).toEqual(['jerry', 'spike']);
    expect(byServer).toMatchObject({ initiatorId: null, event: { senderId: 'jerry' }, recall: true });
  });

  test('drops or rejects it, once for each key, and the message stays', async () => {
    const hook = await application.on('messageUpdate', () => ({ action: 'drop' }));
    const client = await tom.connect();
    const question = { conversationId: group.id, eventId, idempotencyKey: 'dropped' };
    for (const time of ['first', 'again']) {
      const { status, body } = await tom.recall(group, eventId, { idempotencyKey: 'dropped' });
      expect([time, status, body]).toEqual([time, 200, { dropped: true }]);
    }
    expect(await client.call('message.recall', question)).toEqual({ ok: true, dropped: true });
    expect(hook.received).toHaveLength(1);
    hook.behave(() => ({ action: 'reject', code: 7, detail: 'It stays' }));
    for (const time of ['first', 'again']) {
      const { status, body } = await tom.recall(group, eventId, { idempotencyKey: 'rejected' });
      expect([time, status, body]).toMatchObject([
        ...[time, 403, { code: 'rejected_by_hook', detail: 'It stays', hook: { code: 7 } }],
      ]);
    }
    expect(hook.received).toHaveLength(2);
    hook.behave(() => ({}));
    expect(await tom.recall(group, eventId, { idempotencyKey: 'dropped' })).toMatchObject({ status: 200 });
    expect(await contentSeenBy(jerry)).toEqual(said);
    expect((await tom.recall(group, eventId)).body).toMatchObject({ seq: 3 });
    expect(await contentSeenBy(jerry)).toEqual({ type: 'recalled' });
  });

  test('narrows who is told; the content is gone for everybody', async () => {
    const [jerrys, spikes] = await Promise.all([jerry.connect(), spike.connect()]);
    const hook = await application.on('messageUpdate', () => ({ recipients: ['spike', 'stranger'] }));
    await tom.recall(group, eventId);
    await application.deleteHook(hook);
    await tom.send(group, 'last');
    for (const client of [jerrys, spikes])
      await eventually(() => {
        expect(typesHeard(client)).toContain('message');
      });
    expect([typesHeard(jerrys), typesHeard(spikes)]).toEqual([['message'], ['message.recalled', 'message']]);
    expect(await contentSeenBy(jerry)).toEqual({ type: 'recalled' });
    expect((await tom.history(group)).map(({ type }) => type)).toContain('message.recalled');
  });

  test('is not asked about what may not be recalled, or is recalled already', async () => {
    const hook = await application.on('messageUpdate', () => ({}));
    expect(await jerry.recall(group, eventId)).toMatchObject({ body: { code: 'insufficient_role' } });
    const outsider = await application.user('outsider');
    expect(await outsider.recall(group, eventId)).toMatchObject({ body: { code: 'not_a_member' } });
    const first = await tom.recall(group, eventId, { idempotencyKey: 'once' });
    expect((await tom.recall(group, eventId, { idempotencyKey: 'once' })).body).toEqual(first.body);
    expect((await tom.recall(group, eventId)).body).toEqual(first.body);
    expect(hook.received).toHaveLength(1);
  });

  test('that fails stops the recall, or does not, by its policy', async () => {
    const fails = () => new HttpAnswer(500);
    const strict = await application.on('messageUpdate', fails, { failurePolicy: 'abort' });
    expect(await tom.recall(group, eventId)).toMatchObject({ status: 502, body: { code: 'hook_failed' } });
    expect(await contentSeenBy(jerry)).toEqual(said);
    await application.deleteHook(strict);
    await application.on('messageUpdate', fails, { failurePolicy: 'continue' });
    expect(await tom.recall(group, eventId)).toMatchObject({ status: 200 });
    expect(await contentSeenBy(jerry)).toEqual({ type: 'recalled' });
  });

  test('that thinks while its message is edited sees it recalled all the same', async () => {
    const asked = Promise.withResolvers<undefined>();
    const decided = Promise.withResolvers<undefined>();
    const waits = async ({ body }: { body: RequestOf<'messageUpdate'> }): Promise<object> => {
      if (!body.recall) return {};
      asked.resolve(undefined);
      await decided.promise;
      return {};
    };
    await application.on('messageUpdate', waits, { deadline: 9_000 });
    const recall = tom.recall(group, eventId);
    await asked.promise;
    expect(await tom.update(group, eventId, 'edited meanwhile')).toMatchObject({ status: 200 });
    decided.resolve(undefined);
    expect(await recall).toMatchObject({ status: 200 });
    expect(JSON.stringify(await jerry.history(group))).not.toContain('edited meanwhile');
  });
});
