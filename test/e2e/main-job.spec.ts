import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { CustomEvent, MessageEvent } from '#contracts/event.js';
import type { MessageReceivedRequest, MessageSentRequest } from '#contracts/hooks/requests.js';
import { operations } from '#contracts/rest/operations.js';
import type { WebhookPayload } from '#contracts/webhooks/payloads.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import type { SignedServer } from '../harness/signed-server.js';
import { World } from '../harness/world.js';

/** The customer's moderation, a separate HTTP server: rewrites, drops, rejects, and takes receivers out. */
function moderate({ event, recipients }: MessageReceivedRequest) {
  if (event.content.type !== 'text') return {};
  const { text } = event.content;
  if (text.includes('crap')) {
    return { content: { type: 'text' as const, text: text.replaceAll('crap', '**') } };
  }
  if (text.startsWith('drop')) return { action: 'drop' as const };
  if (text.startsWith('buy'))
    return { action: 'reject' as const, code: 1234, detail: 'No advertisements here' };
  if (text.startsWith('not for Jerry')) return { recipients: recipients.filter((user) => user !== 'jerry') };
  return {};
}

const text = (text: string) => ({ type: 'text', text });

describe('the main job: a message passes a hook, is stored, and arrives', () => {
  let world: World;
  let cartoons: TestApplication;
  let tom: TestUser;
  let jerry: TestUser;
  let spike: TestUser;
  let group: { id: string };
  let hook: SignedServer<MessageReceivedRequest>;
  let afterHook: SignedServer<MessageSentRequest>;
  let webhook: SignedServer<WebhookPayload>;
  let tomsClient: Client;
  let jerrysClient: Client;
  let spikesPositions: Record<string, number>;
  let rewritten: { eventId: string; seq: number; timestamp: number };
  let hidden: { eventId: string };

  beforeAll(async () => {
    world = await World.start({ gateways: 2 });
    cartoons = await world.application();
    [tom, jerry, spike] = await cartoons.users('tom', 'jerry', 'spike');
    group = await cartoons.group([tom, jerry, spike], { name: 'Cartoons' });
    hook = await cartoons.hook(({ body }) => moderate(body));
    afterHook = await cartoons.afterHook();
    webhook = await cartoons.webhook();
    tomsClient = await tom.connect({ gateway: 0 });
    jerrysClient = await jerry.connect({ gateway: 1 });
    // Spike has been here, has seen everything so far, and is away now.
    const spikesClient = await spike.connect({ gateway: 1, resume: {} });
    spikesPositions = spikesClient.positions();
    spikesClient.disconnect();
    await world.offline(spike);
  });
  afterAll(() => world.close());

  test('every app is a process of its own, and Tom and Jerry are connected to two different gateways', () => {
    const pids = world.processes.map(({ pid }) => pid);
    expect(pids).toHaveLength(6);
    expect(new Set([...pids, process.pid]).size).toBe(pids.length + 1);
    for (const pid of pids) expect(() => process.kill(pid, 0)).not.toThrow();
    expect(tomsClient.gatewayUrl).toBe(world.gateways[0]!.url);
    expect(jerrysClient.gatewayUrl).toBe(world.gateways[1]!.url);
    expect(tomsClient.gatewayUrl).not.toBe(jerrysClient.gatewayUrl);
    expect([tomsClient.isConnected, jerrysClient.isConnected]).toEqual([true, true]);
  });

  test("Tom's acknowledgement says event id, seq, timestamp, and that and how the hook modified it", async () => {
    const acknowledgement = stored(await tomsClient.send(group, 'Holy crap!'));
    expect(acknowledgement).toEqual({
      ok: true,
      eventId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      seq: 2,
      timestamp: expect.any(Number),
      modified: { content: text('Holy **!'), hookIds: [hook.id] },
    });
    expect(Math.abs(acknowledgement.timestamp - Date.now())).toBeLessThan(60_000);
    rewritten = acknowledgement;
  });

  test('Jerry sees the rewritten text live on another gateway', async () => {
    const { eventId: id, seq, timestamp } = rewritten;
    const expected = {
      id,
      conversationId: group.id,
      seq,
      timestamp,
      type: 'message',
      senderId: 'tom',
      content: text('Holy **!'),
    };
    await eventually(() => expect(jerrysClient.events(group)).toEqual([expected]));
    await eventually(() => expect(tomsClient.events(group)).toEqual([expected]));
  });

  test('the hook server got one signed request with sender, content and recipients', () => {
    expect(hook.forged).toBe(0);
    expect(hook.bodies).toEqual([
      {
        id: hook.received[0]!.id,
        hook: 'messageReceived',
        applicationId: cartoons.id,
        timestamp: expect.any(Number),
        conversation: { id: group.id, kind: 'group', attributes: {} },
        origin: { address: expect.stringContaining('127.0.0.1'), dialect: 'native' },
        event: { type: 'message', senderId: 'tom', content: text('Holy crap!') },
        recipients: expect.arrayContaining(['jerry', 'spike']),
      },
    ]);
  });

  test('history, by id and the database hold only the rewritten text', async () => {
    for (const user of [tom, jerry, spike]) {
      expect((await user.history(group)).slice(1)).toMatchObject([{ content: text('Holy **!') }]);
      expect(await user.event(group, rewritten.eventId)).toMatchObject({
        status: 200,
        body: { content: text('Holy **!') },
      });
    }
    const rows = await world.database.sql(
      'SELECT content FROM conversation.event WHERE id = $1::uuid',
      rewritten.eventId,
    );
    expect(rows).toEqual([{ content: '"Holy **!"' }]);
  });

  test('a dropped message is seen by nobody, and its sender is told that it was dropped', async () => {
    expect(await tomsClient.send(group, 'drop this one')).toEqual({ ok: true, dropped: true });
  });

  test("a rejected message is seen by nobody, and the hook's code and detail reach its sender", async () => {
    expect(await tomsClient.send(group, 'buy my things')).toEqual({
      ok: false,
      error: {
        code: 'rejected_by_hook',
        detail: 'No advertisements here',
        retryable: false,
        hook: { code: 1234, detail: 'No advertisements here' },
      },
    });
  });

  test('a message from which a receiver was removed reaches the others', async () => {
    const acknowledgement = stored(await tomsClient.send(group, 'not for Jerry'));
    expect(acknowledgement).toMatchObject({
      seq: 3,
      modified: { recipients: ['spike'], hookIds: [hook.id] },
    });
    hidden = acknowledgement;
    await eventually(() => expect(tomsClient.events(group).at(-1)).toMatchObject({ id: hidden.eventId }));
    expect((await spike.history(group)).at(-1)).toMatchObject({ id: hidden.eventId });
  });

  test("a custom event reaches Jerry's listener for its name", async () => {
    stored(await tomsClient.sendCustom(group, 'my_custom_event', { your: 'data' }));
    await eventually(() => {
      const [heard] = jerrysClient.heard.filter(({ name }) => name === 'custom:my_custom_event');
      expect(heard?.payload).toMatchObject({
        type: 'custom:my_custom_event',
        senderId: 'tom',
        seq: 4,
        data: { your: 'data' },
      } satisfies Partial<CustomEvent>);
    });
  });

  test('the removed receiver sees the message nowhere: not live, in history, by id or by catch-up', async () => {
    // The custom event came after it, in order: what was not heard by then is not coming.
    expect(jerrysClient.events(group).map(({ seq }) => seq)).toEqual([2, 4]);
    expect((await jerry.history(group)).map(({ seq }) => seq)).toEqual([1, 2, 4]);
    expect(await jerry.event(group, hidden.eventId)).toMatchObject({
      status: 404,
      body: { code: 'event_not_found' },
    });
    const again = await jerry.connect({ gateway: 0, resume: { [group.id]: 1 } });
    expect(again.events(group).map(({ seq }) => seq)).toEqual([2, 4]);
    again.disconnect();
  });

  test('Spike connects later and gets exactly what he missed, once and in order', async () => {
    const client = await spike.connect({ gateway: 1, resume: spikesPositions });
    expect(spikesPositions).toEqual({ [group.id]: 1 });
    expect(client.events()).toEqual((await spike.history(group)).slice(1));
    expect(client.events().map(({ seq }) => seq)).toEqual([2, 3, 4]);
    expect(client.heard.at(-1)?.name).toBe('session.ready');
    expect(client.ready.conversations).toEqual([
      { conversationId: group.id, seq: 4, state: 'joined', muted: false, tooFarBehind: false },
    ]);
  });

  test('a webhook receiver gets one signed event per message, in order, as history has it', async () => {
    const history = await tom.history(group);
    await eventually(() => expect(webhook.received).toHaveLength(3));
    expect(webhook.bodies).toEqual(
      history.slice(1).map((event) => ({
        type: event.type,
        timestamp: new Date(event.timestamp).toISOString(),
        applicationId: cartoons.id,
        data: event,
      })),
    );
    expect(webhook.received.map(({ id }) => id)).toEqual(history.slice(1).map(({ id }) => id));
    expect(webhook.forged).toBe(0);
  });

  test('the after-hook messageSent is called for every stored message, with who was there and who was not', async () => {
    // At least once: one whose answer came too late, on a busy machine, is called again.
    const called = (): MessageSentRequest[] => [
      ...new Map(afterHook.bodies.map((body) => [body.event.id, body])).values(),
    ];
    await eventually(() => expect(called()).toHaveLength(3));
    expect(afterHook.forged).toBe(0);
    const [first, second] = called() as [MessageSentRequest, MessageSentRequest];
    expect(first).toMatchObject({
      hook: 'messageSent',
      applicationId: cartoons.id,
      conversation: { id: group.id },
    });
    expect((first.event as MessageEvent).content).toEqual(text('Holy **!'));
    expect(first).toMatchObject({ onlineRecipients: ['jerry'], offlineRecipients: ['spike'] });
    expect(second.event.id).toBe(hidden.eventId);
    expect(second).toMatchObject({ onlineRecipients: [], offlineRecipients: ['spike'] });
  });

  test('a push notification is recorded for who was away', async () => {
    await eventually(async () => {
      const { notifications } = await cartoons.call<{ notifications: { userId: string; eventId: string }[] }>(
        operations.listPushNotifications,
        {},
      );
      expect(notifications.map(({ userId }) => userId)).toContain('spike');
      expect(notifications).toContainEqual(
        expect.objectContaining({ userId: 'spike', eventId: rewritten.eventId }),
      );
    });
  });

  test('what the hook took out is found in no table, no log and no stream file', async () => {
    await world.settled();
    for (const raw of ['Holy crap', 'drop this one', 'buy my things']) {
      expect(await world.database.tablesWith(raw)).toEqual([]);
      expect(world.filesWith(raw)).toEqual([]);
    }
    // The search does find what is there.
    expect(await world.database.tablesWith('Holy **!')).toContain('conversation.event');
    expect(world.filesWith('"msg":"listening"')).toHaveLength(6);
  });
});
