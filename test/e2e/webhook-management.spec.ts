import { createPublicKey, verify } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import {
  changeWebhook,
  deleteWebhook,
  registerWebhook,
  rotateWebhookKey,
  rotateWebhookSecret,
  webhookOf,
} from '../harness/managed-webhooks.js';
import { SharedWorld } from '../harness/shared-world.js';
import { HttpAnswer, type SignedCall } from '../harness/signed-server.js';

let world: SharedWorld;
beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

let application: TestApplication;
let tom: TestUser;
let group: { id: string };
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('tom');
  group = await application.group([tom]);
});

/** Says something, and waits until a webhook has it. */
async function said(webhook: { readonly received: readonly SignedCall<unknown>[] }): Promise<void> {
  const before = webhook.received.length;
  await tom.send(group, 'Hello');
  await eventually(() => {
    expect(webhook.received.length).toBeGreaterThan(before);
  });
}

describe('a webhook that is changed', () => {
  test('changes nothing that was not said, and is read as it is', async () => {
    const webhook = await registerWebhook(application, {
      url: 'http://127.0.0.1:9/',
      description: 'For the archive',
      eventTypes: ['message.*', 'custom:order'],
      conversations: { kinds: ['group'] },
      enabled: false,
    });
    const before = await webhookOf(application, webhook);
    expect(before).toEqual({
      id: webhook.id,
      url: 'http://127.0.0.1:9/',
      format: { kind: 'single' },
      ...{ order: 'conversation', concurrency: 8, rateLimit: null },
      description: 'For the archive',
      enabled: false,
      eventTypes: ['message.*', 'custom:order'],
      conversations: { kinds: ['group'], conversationId: null },
      signatures: ['v1'],
      publicKeys: [],
      isCallback: false,
      disabled: null,
      state: {
        circuit: { state: 'closed', retryAt: null },
        ...{ throttledUntil: null, failingSince: null, nextAttemptAt: null },
      },
      createdAt: webhook.createdAt,
    });
    const after = { ...before, description: null, conversations: { kinds: [], conversationId: 'den' } };
    const change = { description: null, conversations: { conversationId: 'den' } };
    expect(await changeWebhook(application, webhook, change)).toEqual(after);
    expect(await webhookOf(application, webhook)).toEqual(after);
    const { webhooks } = await application.call<{ webhooks: unknown[] }>(operations.listWebhooks);
    expect(webhooks).toEqual([after]);
  });

  test('may have its events together or one by one, but neither become nor cease to be one of LeanCloud or Vonage', async () => {
    const url = 'http://127.0.0.1:9/';
    const webhook = await registerWebhook(application, { url, enabled: false });
    const refused = (change: Parameters<typeof changeWebhook>[2], { id } = webhook) =>
      expect(changeWebhook(application, { id }, change)).rejects.toThrow('invalid_request: format');
    const batch = { kind: 'batch', size: 100, lingerMs: 50 } as const;
    const changed = await changeWebhook(application, webhook, { format: { kind: 'batch' } });
    expect(changed.format).toEqual(batch);
    await refused({ format: { kind: 'leancloud' } });
    await changeWebhook(application, webhook, { format: { kind: 'single' } });
    const format = { kind: 'leancloud', size: 7, lingerMs: 0 } as const;
    const service = await registerWebhook(application, { url, enabled: false, format });
    expect(service.format).toEqual(format);
    await refused({ format: batch }, service);
    await refused({ eventTypes: ['message'] }, service);
    await refused({ conversations: { kinds: ['group'] } }, service);
    const conversations = { kinds: ['system'], conversationId: 'weather' } as const;
    const filtered = await changeWebhook(application, service, {
      conversations: { ...conversations, kinds: ['system'] },
      format: { kind: 'leancloud' },
    });
    await refused({ format: { kind: 'vonage' } });
    await refused({ format: { kind: 'vonage' } }, service);
    const ofVonage = await registerWebhook(application, { url, enabled: false, format: { kind: 'vonage' } });
    expect(ofVonage.format).toEqual({ kind: 'vonage', types: [] });
    await refused({ format: { kind: 'single' } }, ofVonage);
    const types = { kind: 'vonage' as const, types: ['text', 'member:*', 'custom:order'] };
    expect((await changeWebhook(application, ofVonage, { format: types })).format).toEqual(types);
    expect(filtered).toMatchObject({ conversations, format: { kind: 'leancloud', size: 100, lingerMs: 50 } });
  });

  test('gets what it asks for now, at another place', async () => {
    const webhook = await application.webhook(() => ({}), { eventTypes: ['custom:*'] });
    const spare = await world.signedServer<unknown>(() => ({}));
    await changeWebhook(application, webhook, { url: spare.url, eventTypes: ['*'] });
    spare.registered({ id: webhook.id, secret: await rotateWebhookSecret(application, webhook) });
    await said(spare);
    expect(webhook.received).toEqual([]);
  });

  test('to another place is not held to what its former receiver asked for', async () => {
    const busy = new HttpAnswer(429, '', { 'retry-after': '3600' });
    const webhook = await application.webhook(() => busy, { eventTypes: ['message'] });
    await tom.send(group, 'Hello');
    await eventually(async () => {
      expect((await webhookOf(application, webhook)).state.throttledUntil).toBeGreaterThan(Date.now());
    });
    const changed = await changeWebhook(application, webhook, { url: 'http://127.0.0.1:9/' });
    expect(changed.state).toMatchObject({ throttledUntil: null, failingSince: null });
    const disabled = await changeWebhook(application, webhook, { enabled: false });
    expect(disabled.state.nextAttemptAt).toBeNull();
  });

  test('that was disabled by its receiver is enabled again, and says no more why it was not', async () => {
    const [gone, taken] = [410, 204];
    let status = gone;
    const server = await application.webhook(() => new HttpAnswer(status), { eventTypes: ['message'] });
    await tom.send(group, 'Hello');
    await eventually(async () => {
      const disabled = { reason: 'gone' };
      expect(await webhookOf(application, server)).toMatchObject({ enabled: false, disabled });
    });
    status = taken;
    expect(await changeWebhook(application, server, { enabled: true })).toMatchObject({
      enabled: true,
      disabled: null,
    });
    await said(server);
  });

  test("is nobody else's", async () => {
    const webhook = await registerWebhook(application, { url: 'http://127.0.0.1:9/', enabled: false });
    const other = await world.application();
    const problem = { problem: { code: 'webhook_not_found' } };
    await expect(webhookOf(other, webhook)).rejects.toMatchObject(problem);
    await expect(changeWebhook(other, webhook, { enabled: true })).rejects.toMatchObject(problem);
    await expect(rotateWebhookSecret(other, webhook)).rejects.toMatchObject(problem);
    await expect(rotateWebhookKey(other, webhook)).rejects.toMatchObject(problem);
    await expect(deleteWebhook(other, webhook)).rejects.toMatchObject(problem);
    expect(await webhookOf(application, webhook)).toMatchObject({ enabled: false });
  });
});

describe('a secret that is rotated', () => {
  test('signs, and the former one as well for as long as was asked for', async () => {
    const webhook = await application.webhook();
    const secret = await rotateWebhookSecret(application, webhook, 3_600);
    // By the former one ...
    await said(webhook);
    webhook.trust(secret);
    // ... and by the new one.
    await said(webhook);
    expect(webhook.forged).toBe(0);
  });

  test('without overlap ends the former one', async () => {
    const webhook = await application.webhook();
    await rotateWebhookSecret(application, webhook, 3_600);
    webhook.trust(await rotateWebhookSecret(application, webhook));
    await said(webhook);
    const { signatures } = webhook.received.at(-1)!;
    expect(signatures).toHaveLength(1);
  });

  test('is shown again to whoever repeats the request, and stored sealed', async () => {
    const created = await registerWebhook(
      application,
      { url: 'http://127.0.0.1:9/', enabled: false, signatures: ['v1', 'v1a'] },
      'created',
    );
    const rotate = () =>
      application.call<{ secret: string }>(operations.rotateWebhookSecret, {
        parameters: { webhookId: created.id },
        body: { overlapSeconds: 60 },
        idempotencyKey: 'rotated',
      });
    const first = await rotate();
    expect(first.secret).toMatch(/^whsec_/);
    expect(await rotate()).toEqual(first);
    expect(JSON.stringify(await webhookOf(application, created))).not.toMatch(/whsec_|whsk_/);
    for (const secret of [created.secret, first.secret, 'whsk_']) {
      expect(await world.database.tablesWith(secret)).toEqual([]);
      expect(world.filesWith(secret)).toEqual([]);
    }
  });
});

describe('v1a', () => {
  /** As a receiver does that knows nothing but public keys. */
  function verifies(publicKey: string, { id, text, timestamp, signatures }: SignedCall<unknown>): boolean {
    const x = Buffer.from(publicKey.replace('whpk_', ''), 'base64').toString('base64url');
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
    const content = Buffer.from(`${id}.${timestamp}.${text}`);
    return signatures
      .filter((one) => one.startsWith('v1a,'))
      .some((one) => verify(null, content, key, Buffer.from(one.slice('v1a,'.length), 'base64')));
  }

  test('is verified by public keys, while they are valid', async () => {
    const webhook = await application.webhook(() => ({}), { signatures: ['v1', 'v1a'] });
    const { publicKeys } = await webhookOf(application, webhook);
    expect(publicKeys).toEqual([expect.stringMatching(/^whpk_[A-Za-z0-9+/]{43}=$/)]);
    const [first = ''] = publicKeys;
    await said(webhook);
    expect(verifies(first, webhook.received.at(-1)!)).toBe(true);

    const { publicKey: second } = await rotateWebhookKey(application, webhook, 3_600);
    expect((await webhookOf(application, webhook)).publicKeys).toEqual([second, first]);
    await said(webhook);
    expect([first, second].map((key) => verifies(key, webhook.received.at(-1)!))).toEqual([true, true]);

    const { publicKey: third } = await rotateWebhookKey(application, webhook);
    expect((await webhookOf(application, webhook)).publicKeys).toEqual([third]);
    await eventually(async () => {
      await said(webhook);
      const verified = [first, second, third].map((key) => verifies(key, webhook.received.at(-1)!));
      expect(verified).toEqual([false, false, true]);
    });
  });

  test('can be had later, and its key stays when it goes', async () => {
    const webhook = await application.webhook();
    const { publicKeys } = await changeWebhook(application, webhook, { signatures: ['v1a', 'v1'] });
    expect(publicKeys).toHaveLength(1);
    expect(await changeWebhook(application, webhook, { signatures: ['v1'] })).toMatchObject({
      publicKeys: [],
    });
    expect(await changeWebhook(application, webhook, { signatures: ['v1', 'v1a'] })).toMatchObject({
      publicKeys,
    });
  });
});
