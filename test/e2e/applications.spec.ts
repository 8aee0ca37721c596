import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Application } from '#contracts/applications.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { World } from '../harness/world.js';

let world: World;
let application: TestApplication;
let another: TestApplication;

beforeAll(async () => {
  world = await World.start();
  [application, another] = [await world.application({ name: 'One' }), await world.application()];
});
afterAll(() => world.close());

type Bearer = { readonly authorization: string };

const read = (of: TestApplication, as: Bearer): Promise<Application> =>
  world.call(operations.getApplication, { as, parameters: { applicationId: of.id } });
const change = (of: TestApplication, as: Bearer, body: object): Promise<Application> =>
  world.call(operations.updateApplication, { as, parameters: { applicationId: of.id }, body });

describe('reading', () => {
  test('the owner lists all, in pages, without their keys', async () => {
    const found: Application[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const page: { applications: Application[]; nextCursor: string | null } = await world.call(
        operations.listApplications,
        { as: world.owner, query: { limit: 1, cursor } },
      );
      expect(page.applications).toHaveLength(1);
      found.push(...page.applications);
      cursor = page.nextCursor;
    }
    expect(found.map(({ id }) => id)).toEqual([application.id, another.id]);
    for (const key of Object.values(application.keys).filter((value) => String(value).startsWith('hl')))
      expect(JSON.stringify(found)).not.toContain(key);
  });

  test('a master key reads its own application, and learns nothing of others', async () => {
    expect(await read(application, application)).toMatchObject({ id: application.id, name: 'One' });
    await expect(read(application, another)).rejects.toMatchObject({ problem: { code: 'forbidden' } });
    const nobody = { as: another, parameters: { applicationId: 'nobody' } };
    await expect(world.call(operations.getApplication, nobody)).rejects.toMatchObject({
      problem: { code: 'forbidden' },
    });
    expect(await read(application, world.owner)).toEqual(await read(application, application));
  });
});

describe('changing', () => {
  test('a master key changes its own, all but how long events are kept; what is not named stays', async () => {
    expect(await change(application, application, { name: 'Renamed', hookFailure: 'abort' })).toMatchObject({
      name: 'Renamed',
      hookFailure: 'abort',
      eventRetentionDays: null,
    });
    expect(await change(application, world.owner, { eventRetentionDays: 30 })).toMatchObject({
      name: 'Renamed',
      eventRetentionDays: 30,
    });
    for (const body of [{ eventRetentionDays: 7 }, { name: 'x', eventRetentionDays: null }])
      await expect(change(application, application, body)).rejects.toMatchObject({
        problem: { code: 'forbidden' },
      });
    await expect(change(application, another, { name: 'Stolen' })).rejects.toMatchObject({
      problem: { code: 'forbidden' },
    });
    expect(await read(application, world.owner)).toMatchObject({ name: 'Renamed', eventRetentionDays: 30 });
  });

  test('one key of two applications is two requests', async () => {
    const rename = (of: TestApplication, name: string) =>
      of.call<Application>(operations.updateApplication, {
        parameters: { applicationId: of.id },
        body: { name },
        idempotencyKey: 'same',
      });
    expect([await rename(application, 'Left'), await rename(another, 'Right')]).toMatchObject([
      { name: 'Left' },
      { name: 'Right' },
    ]);
    await expect(rename(application, 'Other')).rejects.toMatchObject({
      problem: { code: 'idempotency_key_reused' },
    });
  });
});
