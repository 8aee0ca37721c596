import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import type { User } from '#contracts/users.js';
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
