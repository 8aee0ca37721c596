import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import { findUsers, listUsers, type User } from '#contracts/users.js';
import type { TestApplication } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let foreign: TestApplication;

beforeAll(async () => {
  world = await SharedWorld.attach();
  [application, foreign] = [await world.application(), await world.application()];
});
afterAll(() => world.close());

type Bearer = { readonly authorization: string };

const read = (userId: string, as: Bearer = application): Promise<User> =>
  world.call(operations.getUser, { as, parameters: { userId } });
const change = (userId: string, body: object, as: Bearer = application): Promise<User> =>
  world.call(operations.updateUser, { as, parameters: { userId }, body });

describe('the list of users', () => {
  test('has those of the application alone, in the order of creation, page by page', async () => {
    const own = await world.application();
    for (const id of ['c', 'a', 'b']) await own.user(id);
    await foreign.user('stranger');
    const found: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: { users: User[]; nextCursor: string | null } = await own.call(operations.listUsers, {
        query: { limit: 2, cursor },
      });
      found.push(...page.users.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(['c', 'a', 'b']);
  });
});

describe('a profile', () => {
  test('is changed in what is named: attributes merge, null removes', async () => {
    const tom = await application.user('tom');
    expect(await change('tom', { displayName: 'Tom', attributes: { team: { a: 1, b: 2 }, age: 7 } })).toEqual(
      expect.objectContaining({ displayName: 'Tom', attributes: { team: { a: 1, b: 2 }, age: 7 } }),
    );
    expect(await change('tom', { attributes: { team: { a: null }, age: null, '': 0 } }, tom)).toMatchObject({
      displayName: 'Tom',
      attributes: { team: { b: 2 }, '': 0 },
    });
    expect(await change('tom', { displayName: null }, tom)).toMatchObject({ displayName: null });
    expect(await read('tom', tom)).toEqual(await read('tom'));
  });

  test('does not grow over the limit by merging, and is as it was then', async () => {
    await application.user('big');
    const half = 'x'.repeat(limits.attributesBytes / 2);
    const { attributes } = await change('big', { attributes: { one: half } });
    await expect(change('big', { attributes: { two: half } })).rejects.toMatchObject({
      problem: { code: 'invalid_request', errors: [{ pointer: '/attributes' }] },
    });
    expect((await read('big')).attributes).toEqual(attributes);
  });

  test('that is changed by many at once keeps all that was said', async () => {
    await application.user('busy');
    const names = Array.from({ length: 8 }, (_, index) => `n${String(index)}`);
    await Promise.all(names.map((name) => change('busy', { attributes: { [name]: true } })));
    expect(Object.keys((await read('busy')).attributes).toSorted()).toEqual(names);
  });

  test('is the own one for users; of others they learn nothing, and other applications neither', async () => {
    const [anna, berta] = [await application.user('anna'), await application.user('berta')];
    await expect(read('berta', anna)).rejects.toMatchObject({ problem: { code: 'forbidden' } });
    await expect(read('nobody', anna)).rejects.toMatchObject({ problem: { code: 'forbidden' } });
    await expect(change('anna', { displayName: 'x' }, berta)).rejects.toMatchObject({
      problem: { code: 'forbidden' },
    });
    for (const work of [read('anna', foreign), change('anna', { displayName: 'x' }, foreign)])
      await expect(work).rejects.toMatchObject({ problem: { code: 'user_not_found' } });
    expect(await read('anna')).toMatchObject({ displayName: null });
  });
});

describe('the second id of a user', () => {
  const make = (by: TestApplication, body: { id: string; uid?: string }): Promise<User> =>
    by.call(operations.createUser, { body });

  test('is made, or brought along, and stays', async () => {
    const own = await world.application();
    const made = await make(own, { id: 'made' });
    expect(made.uid).toMatch(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    const uid = '01940b5e-7d2c-4000-8000-000000000001';
    expect(await make(own, { id: 'brought', uid })).toMatchObject({ uid });
    const parameters = { userId: 'brought' };
    const renamed = await own.call<User>(operations.updateUser, { parameters, body: { displayName: 'B' } });
    expect(renamed.uid).toBe(uid);
    const { users } = await own.call<{ users: User[] }>(operations.listUsers);
    expect(users.map((user) => user.uid)).toEqual([made.uid, uid]);
  });

  test('is that of one user of an application; another application may have it too', async () => {
    const [own, other] = [await world.application(), await world.application()];
    const uid = '01940b5e-7d2c-4000-8000-000000000002';
    await make(own, { id: 'first', uid });
    await expect(make(own, { id: 'second', uid })).rejects.toMatchObject({
      problem: { code: 'user_exists', detail: 'Another user has this uid' },
    });
    expect(await make(other, { id: 'second', uid })).toMatchObject({ id: 'second', uid });
  });

  test('finds the user, and no user of another application', async () => {
    const [own, other] = [await world.application(), await world.application()];
    const mine = await make(own, { id: 'mine' });
    const theirs = await make(other, { id: 'theirs' });
    const found = async (by: TestApplication, how: { ids: string[] } | { uids: string[] }) =>
      (await world.ask(findUsers, { applicationId: by.id, by: how })).users.map(({ id }) => id);
    const uids = [mine.uid, theirs.uid, '01940b5e-7d2c-4000-8000-000000000003'];
    expect(await found(own, { uids })).toEqual(['mine']);
    expect(await found(other, { uids })).toEqual(['theirs']);
    expect(await found(own, { ids: ['mine', 'theirs', 'nobody'] })).toEqual(['mine']);
    await own.call(operations.deleteUser, { parameters: { userId: 'mine' } });
    expect(await found(own, { uids })).toEqual([]);
    expect(await found(own, { ids: ['mine'] })).toEqual([]);
  });
});

test('users are listed from the newest on as well, page by page', async () => {
  const own = await world.application();
  for (const id of ['c', 'a', 'b']) await own.user(id);
  const page = (cursor: string | null) =>
    world.ask(listUsers, { applicationId: own.id, order: 'descending', cursor, limit: 2 });
  const first = await page(null);
  expect(first.users.map(({ id }) => id)).toEqual(['b', 'a']);
  const second = await page(first.nextCursor);
  expect([second.users.map(({ id }) => id), second.nextCursor]).toEqual([['c'], null]);
});
