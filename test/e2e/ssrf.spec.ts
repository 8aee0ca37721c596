import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { operations } from '#contracts/rest/operations.js';
import { HostNames } from '#platform/outgoing/host-names.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { newSigningSecret } from '#platform/outgoing/signature.js';
import { Sealing } from '#platform/security/sealing.js';
import { Post, type PostResult } from '../../apps/webhook-delivery/src/dispatch/post.port.js';
import type { TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { changeHook, registerHook } from '../harness/managed-hooks.js';
import { changeWebhook, deliveriesOf, registerWebhook, testWebhook } from '../harness/managed-webhooks.js';
import { NameServer } from '../harness/name-server.js';
import { SharedWorld } from '../harness/shared-world.js';

/** Ways of writing an address that leads into the operator's own network, or nowhere. */
const forbidden = [
  // A cloud's metadata, in every notation of IPv4 that a URL may have.
  'http://169.254.169.254/latest/meta-data/',
  'http://2852039166/',
  'http://0xa9fea9fe/',
  'http://0251.0376.0251.0376/',
  'http://0xa9.254.0251.254/',
  'http://169.16689662/',
  'http://169.254.43518/',
  'http://169.254.169.254./',
  'http://%31%36%39.254.169.254/',
  'http://１６９。２５４。１６９。２５４/',
  // Private networks, providers' NAT, and what is set apart.
  'http://10.0.0.1/',
  'http://10.1/',
  'http://172.31.255.255/',
  'http://192.168.1.1:8080/',
  'http://100.64.0.1/',
  'http://0.0.0.0/',
  'http://0/',
  'http://198.18.0.1/',
  'http://192.0.2.1/',
  'http://224.0.0.1/',
  'http://255.255.255.255/',
  // IPv6, by itself and with an address of IPv4 inside.
  'http://[::1]/',
  'http://[::]/',
  'http://[fe80::1]/',
  'http://[fd00:ec2::254]/',
  'http://[fec0::1]/',
  'http://[ff02::1]/',
  'http://[::ffff:10.0.0.1]/',
  'http://[::ffff:a9fe:a9fe]/',
  'http://[0:0:0:0:0:ffff:169.254.169.254]/',
  'http://[::10.0.0.1]/',
  'http://[64:ff9b::a9fe:a9fe]/',
  'http://[2002:a9fe:a9fe::1]/',
  'http://[2001:0:a9fe:a9fe::1]/',
  'http://[2001:db8::1]/',
];

describe('an address that is not allowed', () => {
  let world: SharedWorld;
  beforeAll(async () => {
    world = await SharedWorld.attach();
  });
  afterAll(() => world.close());

  let application: TestApplication;
  beforeEach(async () => {
    application = await world.application();
  });

  const somewhere = { url: 'http://127.0.0.1:9/', enabled: false };
  const refused = { problem: { code: 'address_not_allowed' } };

  test('is refused to webhooks and hooks, when they are registered and when they are changed', async () => {
    const webhook = await registerWebhook(application, somewhere);
    const hook = await registerHook(application, 'messageSent', somewhere);
    for (const url of forbidden) {
      await expect(registerWebhook(application, { ...somewhere, url })).rejects.toMatchObject(refused);
      await expect(changeWebhook(application, webhook, { url })).rejects.toMatchObject(refused);
      const registered = registerHook(application, 'messageSent', { ...somewhere, url });
      await expect(registered).rejects.toMatchObject(refused);
      await expect(changeHook(application, hook, { url })).rejects.toMatchObject(refused);
    }
    const { webhooks } = await application.call<{ webhooks: { url: string }[] }>(operations.listWebhooks);
    expect(webhooks.map(({ url }) => url)).toEqual([somewhere.url]);
  });

  /** As one that was registered while its address was allowed, or by a name that has moved since. */
  async function movedTo(url: string, enabled: boolean): Promise<{ readonly id: string }> {
    const webhook = await registerWebhook(application, { ...somewhere, eventTypes: ['message'] });
    await world.database.sql(
      `UPDATE webhook_delivery.webhook_endpoint SET url = $2, enabled = $3::boolean, version = version + 1 WHERE id = $1::uuid`,
      ...[webhook.id, url, String(enabled)],
    );
    return webhook;
  }

  test('is not tested', async () => {
    const { id } = await movedTo(forbidden[0]!, false);
    for (const url of forbidden) {
      await world.database.sql(
        'UPDATE webhook_delivery.webhook_endpoint SET url = $2, version = version + 1 WHERE id = $1::uuid',
        ...[id, url],
      );
      expect(await testWebhook(application, { id })).toMatchObject({
        delivered: false,
        status: null,
        failure: 'address_not_allowed: ADDRESS_NOT_ALLOWED',
        answer: '',
      });
    }
  });

  const halves = [forbidden.slice(0, 18), forbidden.slice(18)].map((urls) => ({ urls }));
  test.each(halves)('gets no event: $urls', async ({ urls }) => {
    const webhooks = await Promise.all(urls.map((url) => movedTo(url, true)));
    const tom = await application.user('tom');
    await tom.send(await application.group([tom]), 'Hello');
    for (const webhook of webhooks)
      await eventually(async () => {
        const { deliveries } = await deliveriesOf(application, webhook, { state: 'pending' });
        expect(deliveries).toMatchObject([{ lastError: 'address_not_allowed: ADDRESS_NOT_ALLOWED' }]);
      });
  });
});

describe('a server that may not be reached', () => {
  const allowed = '127.0.0.1';
  const inside = '127.0.0.2';
  let names: NameServer;
  let outgoing: OutgoingHttp;
  let post: Post;
  const sealing = new Sealing(randomBytes(32).toString('base64'));
  /** Listens at the same port of both addresses. */
  const servers: Server[] = [];
  let port: number;
  let reached: string[];
  let redirectsTo: string | undefined;

  beforeAll(async () => {
    names = await NameServer.start();
    outgoing = new OutgoingHttp([allowed], new HostNames({ servers: [names.address] }));
    post = new Post(outgoing, sealing);
    port = await listen(allowed, 0);
    await listen(inside, port);
  });
  afterAll(async () => {
    await outgoing.onApplicationShutdown();
    names.close();
    for (const server of servers) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });
  beforeEach(() => {
    reached = [];
    redirectsTo = undefined;
  });

  async function listen(address: string, wanted: number): Promise<number> {
    const server = createServer((request, response) => {
      const location = redirectsTo;
      response
        .writeHead(location === undefined ? 204 : 307, location === undefined ? {} : { location })
        .end();
      request.resume();
    });
    server.on('connection', () => reached.push(address));
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(wanted, address, resolve));
    return (server.address() as AddressInfo).port;
  }

  function send(host: string): Promise<PostResult> {
    const endpoint = {
      url: `http://${host}:${port}/`,
      applicationId: 'cartoons',
      format: 'single' as const,
      signatures: ['v1' as const],
      ...{
        secretSealed: sealing.seal(newSigningSecret()),
        formerSecretSealed: null,
        formerSecretUntil: null,
      },
      ...{ keySealed: null, formerKeySealed: null, formerKeyUntil: null },
    };
    return post.send(endpoint, { id: 'message_1', body: '{}' });
  }

  const refusal = { kind: 'failed', failure: 'address_not_allowed' };

  test.each([
    inside,
    '2130706434',
    '0x7f000002',
    '0177.0.0.2',
    '127.2',
    '127.0.0.2.',
    '[::ffff:127.0.0.2]',
    '[::ffff:7f00:2]',
    '１２７.0.0.2',
  ])('is not connected to as %s', async (host) => {
    expect(await outgoing.checkUrl(`http://${host}:${port}/`)).toBe('address_not_allowed');
    expect(await send(host)).toMatchObject(refusal);
    expect(reached).toEqual([]);
  });

  test('is not connected to by a name that led elsewhere when it was checked', async () => {
    names.answerWith(allowed, inside);
    expect(await outgoing.checkUrl(`http://rebinding.example.com:${port}/`)).toBe('allowed');
    expect(await send('rebinding.example.com')).toMatchObject(refusal);
    expect(reached).toEqual([]);
    // And it is the name, not us, when it leads to where it may.
    names.answerWith(allowed);
    expect(await send('rebinding.example.com')).toMatchObject({ kind: 'answered', status: 204 });
    expect(reached).toEqual([allowed]);
  });

  test.each([inside, 'elsewhere.example.com', allowed])(
    'is not visited because of a redirect: %s',
    async (host) => {
      names.answerWith(inside);
      redirectsTo = `http://${host}:${port}/visited`;
      expect(await send(allowed)).toMatchObject({
        kind: 'failed',
        failure: 'redirect',
        detail: 'status_307',
      });
      expect(reached.filter((address) => address !== allowed)).toEqual([]);
    },
  );
});
