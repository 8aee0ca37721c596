import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { routeNames, routeOf, pathsOf, type RouteName } from '#contracts/leancloud/routes/routes.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { LeanCloudServer } from './leancloud-rest.js';

/*
 * Every route of LeanCloud's REST API, from the table of them: nobody gets in without a key, nobody gets further with that of a
 * client than LeanCloud lets it, and nobody reaches what is another application's.
 */

let world: SharedWorld;
let owner: TestApplication;
let stranger: LeanCloudServer;
/** What the owner has, by the names under which paths, queries and bodies name it. */
let owned: Readonly<Record<string, string>>;

beforeAll(async () => {
  world = await SharedWorld.attach();
  owner = await world.application();
  stranger = new LeanCloudServer(await world.application());
  const [tom, jerry] = await owner.users('Tom', 'Jerry');
  const group = await owner.group([tom, jerry]);
  await tom.connect();
  const { body } = await tom.send(group, 'Hello');
  const { eventId, timestamp } = body as { eventId: string; timestamp: number };
  const { members } = await owner.call<{ members: { id: string; userId: string }[] }>(
    operations.listMembers,
    {
      parameters: { conversationId: group.id },
    },
  );
  owned = {
    ...{ conversationId: group.id, objectIds: group.id, messageId: eventId, clientId: 'Tom' },
    ...{ memberInfoId: members[0]!.id, timestamp: String(timestamp) },
  };
});
afterAll(() => world.close());

/** What a route is asked with: everything that any of them may want, as if it were one's own. */
function said(name: RouteName): { query: Record<string, string>; body: object } {
  const { conversationId = '', messageId = '', timestamp = '' } = owned;
  const clients = { from_client: 'Tom', from_peer: 'Tom', client_id: 'Tom', clientId: 'Tom', from: 'Tom' };
  const target = {
    msg_id: messageId,
    'msg-id': messageId,
    'conv-id': conversationId,
    conv_id: conversationId,
  };
  return {
    query: {
      ...{ convid: conversationId, conv_id: conversationId, from_client: 'Tom', mid: messageId, timestamp },
      ...{ gid: conversationId, msgid: messageId },
      ...{ session_token: 'none', client_id: 'Tom' },
      ...(name.startsWith('find') && { where: JSON.stringify({ objectId: conversationId }) }),
    },
    body: creates.has(name)
      ? { name: 'Mine' }
      : {
          ...{
            ...clients,
            ...target,
            client_ids: ['Tom'],
            to_clients: ['Tom'],
            peers: ['Tom'],
            role: 'Manager',
            ttl: 60,
          },
          ...{ message: 'Hello', data: 'Hello', timestamp: Number(timestamp), requests: [] },
        },
  };
}

const creates: ReadonlySet<RouteName> = new Set<RouteName>([
  'createConversation',
  'createConversationObject',
  'updateConversation',
  'updateConversationObject',
]);

const requests = routeNames.flatMap((name) =>
  pathsOf(routeOf(name)).map((path): [string, RouteName, string] => [
    `${routeOf(name).method.toUpperCase()} ${path}`,
    name,
    path,
  ]),
);

function pathOf(path: string): string {
  return path.slice(1).replaceAll(/\{(\w+)\}/g, (_whole, name: string) => owned[name] ?? '');
}

/** Asked by another application, they find nothing, and are about that application alone. */
const empty: Readonly<Partial<Record<RouteName, unknown>>> = {
  findConversations: { results: [] },
  findAllConversations: { results: [] },
  findConversationObjects: { results: [] },
  findServiceMessages: { results: [] },
  checkOnline: { results: [] },
  checkLegacyOnline: { results: [] },
  countUnread: { count: 0 },
  countAllLegacyUnread: { count: 0 },
  countLegacyUnread: { count: 0 },
  kick: {},
  kickLegacy: {},
  listSubscriptions: [],
  listLegacySubscriptions: [],
  batch: [],
};

describe('every route', () => {
  test.each(requests)('%s', async (title, name, path) => {
    const { method, access, status } = routeOf(name);
    const ask = (headers?: Record<string, string>) =>
      stranger.call(method.toUpperCase(), pathOf(path), {
        ...(method !== 'get' && { body: said(name).body }),
        query: said(name).query,
        ...(headers && { headers }),
      });
    expect((await ask({ 'X-LC-Id': owner.id, 'X-LC-Key': 'wrong,master' })).status).toBe(401);
    if (access === 'master') {
      const { status: refused, body } = await ask({ ...stranger.asApplication });
      expect([refused, body]).toEqual([403, { code: 403, error: 'Forbidden. This takes the master key.' }]);
    }
    const { status: answered, body } = await ask();
    if (name in empty) expect([title, answered, body]).toEqual([title, status, empty[name]]);
    else if (name.startsWith('create') && !path.includes('{')) expect(answered).toBe(status);
    else if (name === 'sign') expect(body).toMatchObject({ code: 401 });
    else {
      expect([title, answered, body]).toEqual([title, 404, body]);
      expect([101, 4303, 4401, 4404]).toContain((body as { code: number }).code);
    }
  });

  test('has left the owner’s things as they were', async () => {
    const { conversationId = '' } = owned;
    const group = await owner.call<{ members: { userId: string; role: string }[] }>(
      operations.getConversation,
      { parameters: { conversationId } },
    );
    expect(group).toMatchObject({ state: 'active', name: null, attributes: {} });
    expect(group.members.map(({ userId, role }) => `${userId}: ${role}`).toSorted()).toEqual([
      'Jerry: member',
      'Tom: member',
    ]);
    const { sessions } = await owner.call<{ sessions: object[] }>(operations.listSessions, {
      query: { userId: 'Tom' },
    });
    expect(sessions).toHaveLength(1);
  });
});
