import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import type { ApplicationKey, SignatureArea } from '#contracts/applications.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());

interface Rotated {
  readonly key: string;
  readonly formerValidUntil: number;
}

const rotate = (
  of: TestApplication,
  kind: ApplicationKey,
  { overlapSeconds = 0, idempotencyKey, as = world.owner }: RotateOptions = {},
): Promise<Rotated> =>
  world.call(operations.rotateKey, {
    as,
    parameters: { applicationId: of.id, kind },
    body: { overlapSeconds },
    idempotencyKey,
  });

interface RotateOptions {
  readonly overlapSeconds?: number;
  readonly idempotencyKey?: string;
  readonly as?: { readonly authorization: string };
}

const basic = ({ id }: TestApplication, key: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${key}`).toString('base64')}`,
});

/** The codes with which each gateway answers somebody. */
function answers({ authorization }: { readonly authorization: string }): Promise<unknown[]> {
  return Promise.all(
    world.gateways.map(async (_gateway, index) => {
      const request = { method: 'GET', path: '/api/v1/conversations?userId=tom', authorization };
      const { status } = await world.rest(request, index);
      return status;
    }),
  );
}

describe('rotating the master key', () => {
  test('without overlap the former one is refused by every gateway when it is answered, and the new one taken', async () => {
    const application = await world.application();
    await application.user('tom');
    expect(await answers(application)).toEqual([200, 200]);
    const { key } = await rotate(application, 'masterKey');
    expect(key).not.toBe(application.keys.masterKey);
    expect(await answers(application)).toEqual([401, 401]);
    expect(await answers(basic(application, key))).toEqual([200, 200]);
  });

  test('with overlap both count until it ends', async () => {
    const application = await world.application();
    await application.user('tom');
    const { key, formerValidUntil } = await rotate(application, 'masterKey', { overlapSeconds: 2 });
    expect(await answers(basic(application, key))).toEqual([200, 200]);
    await eventually(async () => {
      expect(await answers(application)).toEqual([401, 401]);
    });
    expect(Date.now()).toBeGreaterThanOrEqual(formerValidUntil);
    expect(await answers(basic(application, key))).toEqual([200, 200]);
  });

  test('a former key may do what the present one may, until a rotation without overlap ends all former ones', async () => {
    const application = await world.application();
    await application.user('tom');
    const second = await rotate(application, 'masterKey', { overlapSeconds: 3_600 });
    const third = await rotate(application, 'masterKey', { overlapSeconds: 3_600, as: application });
    for (const key of [application.keys.masterKey, second.key, third.key])
      expect(await answers(basic(application, key))).toEqual([200, 200]);
    const last = await rotate(application, 'masterKey');
    for (const key of [application.keys.masterKey, second.key, third.key])
      expect(await answers(basic(application, key))).toEqual([401, 401]);
    expect(await answers(basic(application, last.key))).toEqual([200, 200]);
  });
});

describe('rotating the token secret', () => {
  test('tokens of the former one end with the overlap, and new tokens are minted with the new one at once', async () => {
    const application = await world.application();
    const before = await application.user('tom');
    await rotate(application, 'tokenSecret', { overlapSeconds: 3_600 });
    const between = await application.known('tom');
    expect(await answers(before)).toEqual([200, 200]);
    expect(await answers(between)).toEqual([200, 200]);
    await rotate(application, 'tokenSecret');
    for (const former of [before, between]) expect(await answers(former)).toEqual([401, 401]);
    expect(await answers(await application.known('tom'))).toEqual([200, 200]);
  });
});

describe('a rotation', () => {
  test('that is repeated with its key answers the same key, and another one with that key is refused', async () => {
    const application = await world.application();
    const options = { overlapSeconds: 60, idempotencyKey: 'again' };
    const first = await rotate(application, 'hookKey', options);
    expect(await rotate(application, 'hookKey', options)).toEqual(first);
    await expect(rotate(application, 'hookKey', { ...options, overlapSeconds: 61 })).rejects.toMatchObject({
      problem: { code: 'idempotency_key_reused' },
    });
  });

  test.each(['appKey', 'hookKey', 'masterKey', 'tokenSecret'] as const)(
    'of %s leaves no key in clear in the database or in a log',
    async (kind) => {
      const application = await world.application();
      const { key } = await rotate(application, kind, { overlapSeconds: 60, idempotencyKey: 'once' });
      for (const secret of [key, application.keys[kind]]) {
        expect(await world.database.tablesWith(secret)).toEqual([]);
        expect(world.filesWith(secret)).toEqual([]);
      }
    },
  );

  test('of one application changes nothing for another, and its master key rotates nothing there', async () => {
    const [application, another] = [await world.application(), await world.application()];
    await another.user('tom');
    await rotate(application, 'masterKey');
    expect(await answers(another)).toEqual([200, 200]);
    await expect(rotate(application, 'appKey', { as: another })).rejects.toMatchObject({
      problem: { code: 'forbidden' },
    });
  });
});

test('a public key that is taken away is refused by every gateway when that is answered', async () => {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const application = await world.application({ publicKeys: [await exportSPKI(publicKey)] });
  await application.user('tom');
  const token = await new SignJWT({ application_id: application.id })
    .setProtectedHeader({ alg: 'RS256' })
    .setSubject('tom')
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(privateKey);
  const holder = { authorization: `Bearer ${token}` };
  expect(await answers(holder)).toEqual([200, 200]);
  await application.call(operations.updateApplication, {
    parameters: { applicationId: application.id },
    body: { publicKeys: [] },
  });
  expect(await answers(holder)).toEqual([401, 401]);
});

describe('keys that are brought along', () => {
  const keys = {
    appKey: 'UtOCzqb67d3sN12Kts4URwy8',
    masterKey: 'DyJegPlemooo4X1tg94gQkw1',
    hookKey: 'wJzi0dqmQ4ZqcxZ7Tq3wEz9i',
  };

  test('are taken as they are, shown once, and stored sealed', async () => {
    const application = await world.application(keys);
    expect(application.keys).toMatchObject(keys);
    await application.user('tom');
    expect(await answers(basic(application, keys.masterKey))).toEqual([200, 200]);
    expect(await answers(basic(application, keys.appKey))).toEqual([401, 401]);
    for (const secret of Object.values(keys)) {
      expect(await world.database.tablesWith(secret)).toEqual([]);
      expect(world.filesWith(secret)).toEqual([]);
    }
  });

  test('are rotated like others; those that are not given are new', async () => {
    const application = await world.application({ masterKey: keys.masterKey });
    expect(application.keys.appKey).toMatch(/^hla_/);
    await application.user('tom');
    const { key } = await rotate(application, 'masterKey');
    expect(await answers(basic(application, keys.masterKey))).toEqual([401, 401]);
    expect(await answers(basic(application, key))).toEqual([200, 200]);
  });

  test.each([
    [{ appKey: keys.appKey, masterKey: keys.appKey }, '/masterKey'],
    [{ appKey: keys.appKey, hookKey: keys.appKey }, '/hookKey'],
    [{ masterKey: keys.masterKey, hookKey: keys.masterKey }, '/hookKey'],
    [{ appKey: `${keys.appKey},master` }, '/appKey'],
    [{ appKey: 'x'.repeat(15) }, '/appKey'],
  ])('%j: must be strong, and no two the same', async (body, pointer) => {
    await expect(world.application(body)).rejects.toMatchObject({
      problem: { code: 'invalid_request', errors: [{ pointer }] },
    });
  });
});

test('areas of signatures are set as a whole, by the application’s own key as well', async () => {
  const application = await world.application();
  const change = (signatureAreas: SignatureArea[]): Promise<unknown> =>
    application.call(operations.updateApplication, {
      parameters: { applicationId: application.id },
      body: { signatureAreas },
    });
  expect(await change(['history', 'login', 'login'])).toMatchObject({ signatureAreas: ['login', 'history'] });
  expect(await change([])).toMatchObject({ signatureAreas: [] });
  await expect(change(['logout' as SignatureArea])).rejects.toMatchObject({
    problem: { code: 'invalid_request' },
  });
});
