import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { NexmoClient } from './nexmo-client.js';
import { VonageApplication } from './vonage-application.js';
import { isLegacy, versions } from './vonage-shapes.js';

/* Sessions of connected clients, over Vonage's REST API. */

let world: SharedWorld;
let vonage: VonageApplication;
const open: NexmoClient[] = [];

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  await vonage.users('alice', 'bob');
});
// A page that stays open hears and acknowledges what later tests say.
afterEach(() => {
  for (const client of open.splice(0)) client.close();
});
afterAll(() => world.close());

async function login(name: string): Promise<NexmoClient> {
  const client = await NexmoClient.login('nexmo-client-9', vonage, vonage.token(name), { gateway: 1 });
  open.push(client);
  return client;
}

interface Listed {
  readonly _embedded: { readonly sessions: readonly { readonly id: string }[] };
}
const sessionsOf = async (name: string): Promise<string[]> => {
  const path = '/v0.3/users/me/sessions';
  const { _embedded } = await vonage.ask<Listed>('GET', path, { as: vonage.token(name) });
  return _embedded.sessions.map(({ id }) => id);
};

test('a session is listed, renewed, touched and ended by its user alone', async () => {
  expect(await sessionsOf('alice')).toEqual([]);
  const client = await login('alice');
  const [id = '', ...others] = await sessionsOf('alice');
  expect([others, await sessionsOf('bob')]).toEqual([[], []]);
  for (const version of versions) {
    const path = `/${version}/users/${client.application.me.id}/sessions`;
    expect(await vonage.ask('GET', path)).toMatchObject({ _embedded: { sessions: [{ id }] } });
    const session = `/${version}/sessions/${id}`;
    const answer = { session_id: id };
    const renewal = { raw: '""', headers: { 'content-type': 'application/json' } };
    if (isLegacy(version)) {
      // The newest package says nothing, the other one an empty text.
      const renewed = await vonage.call('PUT', session, { as: vonage.token('alice'), ...renewal });
      expect([renewed.status, renewed.body]).toEqual([200, answer]);
      expect((await vonage.call('PUT', session, { as: vonage.token('alice') })).status).toBe(200);
    } else expect(await vonage.refusal('PUT', session)).toEqual([405, 'http:error:method-not-allowed']);
    const touched = await vonage.call('POST', `${session}/touch`, { as: vonage.token('alice') });
    expect([touched.status, touched.body]).toEqual([200, answer]);
    for (const method of ['DELETE', ...(isLegacy(version) ? ['PUT'] : [])])
      expect(await vonage.refusal(method, session, { as: vonage.token('bob') })).toEqual([
        404,
        'session:error:not-found',
      ]);
    const unknown = `/${version}/sessions/00000000-0000-4000-8000-000000000000`;
    expect(await vonage.refusal('DELETE', unknown, { as: vonage.token('alice') })).toEqual([
      404,
      'session:error:not-found',
    ]);
    expect(await vonage.refusal('DELETE', `/${version}/sessions/x`, { as: vonage.token('alice') })).toEqual([
      400,
      'http:error:validation-fail',
    ]);
  }
  expect(await sessionsOf('alice')).toEqual([id]);

  let reason: unknown;
  (client.client['on'] as (name: string, listener: (why: unknown) => void) => void)('disconnect', (why) => {
    reason = why;
  });
  const end = await vonage.call('DELETE', `/v1/sessions/${id}`, { as: vonage.token('alice'), body: null });
  expect([end.status, end.body]).toEqual([204, undefined]);
  await eventually(async () => {
    expect(await sessionsOf('alice')).toEqual([]);
    expect(reason).toBeDefined();
  });
});
