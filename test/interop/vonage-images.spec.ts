import { afterAll, beforeAll, expect, test } from '@jest/globals';
import sharp from 'sharp';
import { limits } from '#contracts/limits.js';
import { SharedWorld } from '../harness/shared-world.js';
import { VonageApplication, type Room } from './vonage-application.js';

/* Images as Vonage's clients send them: uploaded as a form, said as an event, fetched with the token of whoever sees it. */

let world: SharedWorld;
let vonage: VonageApplication;
let origin: string;
let room: Room;

beforeAll(async () => {
  world = await SharedWorld.attach();
  vonage = await VonageApplication.of(world);
  origin = world.gateways[0]!.url;
  await vonage.users('alice', 'bob', 'eve');
  room = await vonage.room('alice', 'bob');
});
afterAll(() => world.close());

interface Form {
  readonly id: string;
  readonly url: string;
  readonly type: string;
  readonly size: number;
}
type Forms = Readonly<Record<'original' | 'medium' | 'thumbnail', Form>>;

const picture = (format: 'png' | 'jpeg') =>
  sharp({ create: { width: 2_000, height: 1_000, channels: 3, background: { r: 200, g: 30, b: 90 } } })
    .toFormat(format)
    .toBuffer();

/** As the package writes it. */
function formOf(bytes: Uint8Array, type: string, name = 'picture'): FormData {
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
  form.append('quality_ratio', '70');
  form.append('medium_size_ratio', '40');
  form.append('thumbnail_size_ratio', '10');
  return form;
}

function post(
  form: FormData | string,
  as: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${origin}/v1/image`, {
    method: 'POST',
    headers: {
      ...(as !== undefined && { authorization: `Bearer ${as}` }),
      origin: 'https://page.example',
      ...headers,
    },
    body: form,
  });
}

async function upload(bytes: Uint8Array, type: string): Promise<Forms> {
  const response = await post(formOf(bytes, type), vonage.token('alice'));
  expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, '*']);
  return (await response.json()) as Forms;
}

const read = (url: string, as: string | undefined, method = 'GET'): Promise<Response> =>
  fetch(url, { method, ...(as !== undefined && { headers: { authorization: `bearer ${as}` } }) });

async function refusal(response: Response): Promise<[number, unknown]> {
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const { code, description, detail } = (await response.json()) as Record<string, unknown>;
  expect(detail).toBe(description);
  return [response.status, code];
}

const notFound = [404, 'image:error:not-found'];

test.each(['png', 'jpeg'] as const)('a %s is there in three sizes for those who see it', async (format) => {
  const bytes = await picture(format);
  const forms = await upload(bytes, `image/${format}`);
  expect(Object.keys(forms)).toEqual(['original', 'medium', 'thumbnail']);
  const widths: number[] = [];
  for (const { url, id, type, size } of Object.values(forms)) {
    expect(url).toBe(`${origin}/v1/media/${id}`);
    const response = await read(url, vonage.token('alice'));
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    const content = Buffer.from(await response.arrayBuffer());
    expect(content.length).toBe(size);
    widths.push((await sharp(content).metadata()).width);
    expect(await refusal(await read(url, vonage.token('bob')))).toEqual(notFound);
  }
  expect(widths[0]).toBe(2_000);
  expect(widths[1]).toBeLessThan(2_000);
  expect(widths[2]).toBeLessThan(widths[1]!);

  const body = { representations: forms };
  const sent = { type: 'image', from: room.members['alice'], body };
  const { id } = await vonage.ask<{ id: number }>('POST', `/beta/conversations/${room.id}/events`, {
    body: sent,
    as: vonage.token('alice'),
  });
  expect(
    await vonage.ask('GET', `/v1/conversations/${room.id}/events/${String(id)}`, { as: vonage.token('bob') }),
  ).toMatchObject({ type: 'image', body });
  for (const { url } of Object.values(forms)) {
    for (const as of [vonage.token('bob'), vonage.admin]) expect((await read(url, as)).status).toBe(200);
    expect(await refusal(await read(url, vonage.token('eve')))).toEqual(notFound);
    expect(await refusal(await read(url, (await VonageApplication.of(world)).admin))).toEqual(notFound);
    expect(await refusal(await read(url, undefined))).toEqual([401, 'system:error:invalid-token']);
    expect(await refusal(await read(url, vonage.sign({ subject: 'bob' })))).toEqual([
      403,
      'system:error:permission',
    ]);
  }
});

test('whoever has uploaded one takes it away again, in all sizes', async () => {
  const { original, thumbnail } = await upload(await picture('png'), 'image/png');
  expect(await refusal(await read(original.url, vonage.token('bob'), 'DELETE'))).toEqual(notFound);
  expect((await read(original.url, vonage.token('alice'), 'DELETE')).status).toBe(204);
  for (const { url } of [original, thumbnail])
    expect(await refusal(await read(url, vonage.token('alice')))).toEqual(notFound);
});

test('an image of somebody else is said by nobody', async () => {
  const forms = await upload(await picture('png'), 'image/png');
  const path = `/v1/conversations/${room.id}`;
  const { sequence_number: before } = await vonage.ask<{ sequence_number: number }>('GET', path);
  const body = { type: 'image', from: room.members['bob'], body: { representations: forms } };
  expect(await vonage.refusal('POST', `${path}/events`, { body, as: vonage.token('bob') })).toEqual(notFound);
  expect(await vonage.ask('GET', path)).toMatchObject({ sequence_number: before });
  expect(await refusal(await read(forms.original.url, vonage.token('bob')))).toEqual(notFound);
});

test('what is no image', async () => {
  const as = vonage.token('alice');
  const png = await picture('png');
  const pdf = new TextEncoder().encode('%PDF-1.4\n%%EOF\n');
  const wrongType = [415, 'http:error:unsupported-media-type'];
  expect(await refusal(await post(formOf(pdf, 'application/pdf'), as))).toEqual(wrongType);
  expect(await refusal(await post(formOf(new TextEncoder().encode('hello'), 'text/plain'), as))).toEqual(
    wrongType,
  );
  expect(await refusal(await post(formOf(pdf, 'image/png'), as))).toEqual(wrongType);
  expect(await refusal(await post(formOf(png.subarray(0, 100), 'image/png'), as))).toEqual([
    400,
    'http:error:validation-fail',
  ]);
  expect(await refusal(await post('{}', as, { 'content-type': 'application/json' }))).toEqual(wrongType);
  const empty = new FormData();
  empty.append('quality_ratio', '70');
  expect(await refusal(await post(empty, as))).toEqual([400, 'http:error:validation-fail']);
  const large = new Uint8Array(limits.fileBytes + 1);
  large.set(png);
  expect(await refusal(await post(formOf(large, 'image/png'), as))).toEqual([
    413,
    'http:error:payload-too-large',
  ]);
  expect(await refusal(await post(formOf(png, 'image/png'), undefined))).toEqual([
    401,
    'system:error:invalid-token',
  ]);
  expect(await refusal(await post(formOf(png, 'image/png'), vonage.sign({ subject: 'alice' })))).toEqual([
    403,
    'system:error:permission',
  ]);
  expect(await refusal(await read(`${origin}/v1/media/x/original`, as))).toEqual(notFound);
});
