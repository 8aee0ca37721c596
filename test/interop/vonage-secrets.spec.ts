import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { io, type Socket } from 'socket.io-client';
import { SharedWorld } from '../harness/shared-world.js';
import { World } from '../harness/world.js';
import { VonageApplication } from './vonage-application.js';

/** Where packages before 9.2 connect, and those since. */
const paths = ['/rtc/', '/v2/rtc/'];

interface Said {
  readonly name: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

/** The first that a socket hears, with the token in its URL. */
async function loginByUrl({ world }: VonageApplication, path: string, token: string): Promise<Said> {
  const socket: Socket = io(world.gateways[0]!.url, {
    path,
    query: { token, acknowledge_events: 'true' },
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
  });
  try {
    return await new Promise<Said>((resolve, reject) => {
      socket.onAny((name: string, payload: Said['payload']) => {
        resolve({ name, payload });
      });
      socket.once('connect_error', reject);
      socket.once('disconnect', reject);
    });
  } finally {
    socket.disconnect();
  }
}

describe('a token without acl', () => {
  let optional: World;
  let required: SharedWorld;

  // Each has its own time: either may have to be started.
  beforeAll(async () => {
    required = await SharedWorld.attach();
  });
  beforeAll(async () => {
    optional = await World.start({
      settings: { HOOKLINE_VONAGE_ACL: 'optional', HOOKLINE_LOG_LEVEL: 'trace' },
    });
  });
  afterAll(async () => {
    await optional.close();
    await required.close();
  });

  test('opens nothing to a user, and everything to a server', async () => {
    const vonage = await VonageApplication.of(required);
    await vonage.users('alice');
    const { id } = await vonage.room('alice');
    const bare = vonage.sign({ subject: 'alice' });
    expect(await vonage.refusal('GET', `/v0.3/conversations/${id}`, { as: bare })).toEqual([
      403,
      'system:error:permission',
    ]);
    for (const path of paths)
      expect(await loginByUrl(vonage, path, bare)).toMatchObject({ name: 'system:error:permission' });
    expect(await vonage.ask('GET', `/v0.3/conversations/${id}`, { as: vonage.sign({}) })).toMatchObject({
      id,
    });
  });

  test('opens everything of the user where the installation says so; one with an acl what that says', async () => {
    const vonage = await VonageApplication.of(optional);
    await vonage.users('alice', 'bob');
    const { id } = await vonage.room('alice');
    const bare = vonage.sign({ subject: 'alice' });
    expect(await vonage.ask('GET', `/v0.3/conversations/${id}`, { as: bare })).toMatchObject({ id });
    for (const path of paths)
      expect(await loginByUrl(vonage, path, bare)).toMatchObject({
        name: 'session:success',
        payload: { body: { name: 'alice' } },
      });
    const stranger = { as: vonage.sign({ subject: 'bob' }) };
    expect(await vonage.refusal('GET', `/v0.3/conversations/${id}/events`, stranger)).toEqual([
      403,
      'event:error:not-joined',
    ]);
    expect(await vonage.refusal('GET', '/v0.3/conversations', stranger)).toEqual([
      403,
      'system:error:permission',
    ]);
    const narrow = { as: vonage.sign({ subject: 'alice', acl: { paths: { '/*/users/**': {} } } }) };
    expect(await vonage.refusal('GET', `/v0.3/conversations/${id}`, narrow)).toEqual([
      403,
      'system:error:permission',
    ]);
  });

  // It ends that installation: what is written late is written then.
  test('as any other in a URL, a header or a packet, stands in no log and in no error', async () => {
    const vonage = await VonageApplication.of(optional);
    await vonage.users('alice');
    const { url } = optional.gateways[0]!;
    const good = vonage.token('alice');
    const expired = vonage.token('alice', { ttl: -60 });
    const foreign = (await VonageApplication.of(optional)).token('alice');
    const forged = `${good.slice(0, good.lastIndexOf('.'))}.${foreign.slice(foreign.lastIndexOf('.') + 1)}`;
    const ghost = vonage.token('nobody-of-this-name');
    const long = good + 'x'.repeat(8_192);
    const tokens = [good, expired, forged, ghost, long];
    const answers: string[] = [];
    for (const path of paths) {
      const names: string[] = [];
      for (const token of tokens) {
        const said = await loginByUrl(vonage, path, token);
        names.push(said.name);
        answers.push(JSON.stringify(said));
      }
      expect(names).toEqual([
        'session:success',
        'system:error:expired-token',
        'system:error:invalid-token',
        'user:error:not-found',
        'session:error:invalid',
      ]);
      // Refused by engine.io itself.
      for (const handshake of ['EIO=2&transport=websocket', 'EIO=4&transport=polling']) {
        const answer = await fetch(`${url}${path}?${handshake}&token=${good}`);
        expect(answer.status).toBe(400);
        answers.push(await answer.text());
      }
    }
    for (const as of [expired, forged, long])
      answers.push(JSON.stringify(await vonage.refusal('GET', '/v0.3/users/me', { as })));
    for (const [method, path] of [
      ['GET', `/v0.3/nothing?token=${good}`],
      ['PUT', `/beta/conversations?token=${good}`],
      ['GET', `/v1/users/me/conversations?cursor=${good}`],
      ['GET', `/v2/nothing?token=${good}`],
    ] as const)
      answers.push(JSON.stringify(await vonage.call(method, path, { as: good })));
    const raw = `{"name":"${good}`;
    answers.push(JSON.stringify(await vonage.call('POST', '/v1/conversations', { raw, as: good })));
    await optional.gateways[0]!.stop();
    // At level trace there is something to find.
    expect(optional.filesWith('"level":20').some((file) => file.includes('gateway'))).toBe(true);
    for (const token of tokens) {
      expect(answers.filter((answer) => answer.includes(token))).toEqual([]);
      expect(optional.filesWith(token)).toEqual([]);
    }
  });
});
