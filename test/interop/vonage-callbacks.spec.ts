import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { verifySignature } from '@vonage/jwt';
import { operations } from '#contracts/rest/operations.js';
import type { Webhook } from '#contracts/webhooks/registration.js';
import { eventually } from '../harness/eventually.js';
import { changeWebhook, registerWebhook, rotateWebhookSecret } from '../harness/managed-webhooks.js';
import { SharedWorld } from '../harness/shared-world.js';
import type { SignedServer } from '../harness/signed-server.js';
import { expectDescribed } from '../harness/webhook-bodies.js';
import { VonageApplication } from './vonage-application.js';

interface Said {
  readonly type: string;
  readonly conversation_id: string;
  readonly body: Record<string, unknown>;
  readonly params?: unknown;
}

let world: SharedWorld;
let vonage: VonageApplication;
/** Of the application's webhook of the format, which callbacks are signed by. */
let secret: string;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  vonage = await VonageApplication.of(world);
  await vonage.users('alice');
  const format = { kind: 'vonage' } as const;
  const unheard = { url: 'http://127.0.0.1:9/', enabled: false, format };
  ({ secret } = await registerWebhook(vonage.application, unheard));
});

async function receiver(): Promise<SignedServer<Said>> {
  const server = await world.signedServer<Said>(() => ({}));
  server.registered({ id: '', secret });
  return server;
}

async function conversation(callback: object, version = 'v1'): Promise<string> {
  const { id } = await vonage.ask<{ id: string }>('POST', `/${version}/conversations`, {
    body: { callback },
  });
  return id;
}

const put = (id: string, callback: object | null, as?: string) =>
  vonage.call('PUT', `/v1/conversations/${id}`, { body: { callback }, as });

const say = (id: string, type: string, body: object, from: string) =>
  vonage.ask('POST', `/v1/conversations/${id}/events`, {
    as: vonage.token('alice'),
    body: { type, from, body },
  });

async function callbackOf(id: string): Promise<Webhook | undefined> {
  const query = { callbackOf: id };
  const { webhooks } = await vonage.application.call<{ webhooks: Webhook[] }>(operations.listWebhooks, {
    query,
  });
  return webhooks[0];
}

const typesOf = ({ bodies }: SignedServer<Said>): string[] => bodies.map(({ type }) => type);

describe('the callback of a conversation', () => {
  test('gets what its mask names, of its conversation alone, signed by the secret of the application', async () => {
    const server = await receiver();
    const params = { applicationId: 'mine', ncco_url: 'https://calls.example/ncco' };
    const masked = { url: server.url, event_mask: 'member:joined, text custom:*', method: 'post', params };
    const id = await conversation(masked, 'beta');
    const other = await conversation({ url: 'http://127.0.0.1:9/' });
    for (const room of [other, id]) {
      const me = await vonage.join(room, 'alice');
      await say(room, 'message', { message_type: 'text', text: 'no' }, me);
      await say(room, 'custom:order', { n: 1 }, me);
      await say(room, 'text', { text: 'yes' }, me);
    }
    await eventually(() => {
      expect(typesOf(server)).toEqual(['member:joined', 'custom:order', 'text']);
    });
    expect(new Set(server.bodies.map((body) => body.conversation_id))).toEqual(new Set([id]));
    expect(server.bodies.map((body) => body.params)).toEqual([params, params, params]);
    for (const { text, headers } of server.received) {
      expectDescribed(text);
      expect(verifySignature(headers.authorization!.slice('Bearer '.length), secret)).toBe(true);
    }
    expect(server.forged).toBe(0);
    expect(await callbackOf(id)).toMatchObject({
      ...{ url: server.url, isCallback: true, enabled: true },
      format: { kind: 'vonage', types: ['member:joined', 'text', 'custom:*'] },
      conversations: { kinds: [], conversationId: id },
    });
    // It is none of those that an application has at most twenty of.
    const { webhooks } = await vonage.application.call<{ webhooks: Webhook[] }>(operations.listWebhooks);
    expect(webhooks.map(({ isCallback }) => isCallback)).toEqual([false]);
  });

  test('is changed and removed by PUT, and signs by another secret when the application has one', async () => {
    const [first, second] = [await receiver(), await receiver()];
    const id = await conversation({ url: first.url });
    const me = await vonage.join(id, 'alice');
    await eventually(() => {
      expect(typesOf(first)).toContain('member:joined');
    });
    expect((await put(id, { url: second.url, event_mask: 'text' })).status).toBe(200);
    // What is not named stays.
    await vonage.ask('PUT', `/v1/conversations/${id}`, { body: { display_name: 'Den' } });
    await say(id, 'text', { text: 'to the second' }, me);
    await eventually(() => {
      expect(typesOf(second)).toEqual(['text']);
    });
    const { webhooks } = await vonage.application.call<{ webhooks: Webhook[] }>(operations.listWebhooks);
    const rotated = await rotateWebhookSecret(vonage.application, webhooks[0]!);
    second.trust(rotated);
    await eventually(async () => {
      await say(id, 'text', { text: 'again' }, me);
      const { headers } = second.received.at(-1)!;
      expect(verifySignature(headers.authorization!.slice('Bearer '.length), rotated)).toBe(true);
    });
    const callback = (await callbackOf(id))!;
    await expect(
      changeWebhook(vonage.application, callback, { conversations: { conversationId: 'den' } }),
    ).rejects.toThrow('invalid_request: conversations');
    expect((await put(id, null)).status).toBe(200);
    expect(await callbackOf(id)).toBeUndefined();
    expect(typesOf(first)).not.toContain('text');
  });

  test('goes with its conversation', async () => {
    const server = await receiver();
    const id = await conversation({ url: server.url, event_mask: 'member:*' });
    await vonage.join(id, 'alice');
    await vonage.ask('DELETE', `/v1/conversations/${id}`);
    await eventually(async () => {
      expect(typesOf(server)).toEqual(['member:joined']);
      expect(await callbackOf(id)).toBeUndefined();
    }, 80_000);
  }, 100_000);

  test('is set by servers alone, and at an address that is allowed', async () => {
    const as = vonage.token('alice');
    const url = 'http://127.0.0.1:9/';
    const id = await conversation({ url });
    await vonage.join(id, 'alice');
    expect((await put(id, { url }, as)).status).toBe(403);
    expect((await put(id, null, as)).status).toBe(403);
    expect((await vonage.call('POST', '/v1/conversations', { as, body: { callback: { url } } })).status).toBe(
      403,
    );
    const refused: [object, string][] = [
      [{ url: 'http://192.168.0.1/' }, 'callback.url'],
      [{ url: 'ftp://example.com/' }, 'callback.url'],
      [{}, 'callback.url'],
      [{ url, method: 'GET' }, 'callback.method'],
      [{ url, method: 'PUT' }, 'callback.method'],
      [{ url, event_mask: 'text*' }, 'callback.event_mask'],
      [{ url, event_mask: 'x'.repeat(201) }, 'callback.event_mask'],
      [{ url, params: 'text' }, 'callback.params'],
    ];
    for (const [callback, name] of refused) {
      const { status, body } = await put(id, callback);
      expect([status, body]).toEqual([
        400,
        expect.objectContaining({
          code: 'http:error:validation-fail',
          invalid_parameters: [{ name: expect.stringContaining(name), reason: expect.any(String) }],
        }),
      ]);
      const created = await vonage.call('POST', '/v1/conversations', { body: { name: 'Den', callback } });
      expect(created.status).toBe(400);
    }
    expect(await callbackOf(id)).toMatchObject({ url });
    // Nothing is left of what was refused.
    expect((await vonage.call('POST', '/v1/conversations', { body: { name: 'Den' } })).status).toBe(201);
  });
});
