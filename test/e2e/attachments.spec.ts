import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Database } from '#platform/database/database.js';
import type { ErrorCode } from '#contracts/errors.js';
import type { Attachment, File } from '#contracts/files.js';
import type { MessageEvent } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import { operations } from '#contracts/rest/operations.js';
import { FilesStore } from '../../apps/conversation/src/store/files.store.js';
import { MessagesStore } from '../../apps/conversation/src/store/messages.store.js';
import { PurgeStore } from '../../apps/conversation/src/store/purge.store.js';
import { RetentionStore } from '../../apps/conversation/src/store/retention.store.js';
import type { TestUser } from '../harness/application.js';
import { broadcast } from '../harness/broadcasts.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';
import { FilesCast } from './files-cast.js';

let cast: FilesCast;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  cast = await FilesCast.in(await SharedWorld.attach());
  ({ tom, jerry } = cast);
  spike = await cast.application.user('spike');
});
afterAll(() => cast.world.close());

const content = { type: 'text', text: 'look' } as const;

function send(
  as: { readonly authorization: string },
  { id: conversationId }: { readonly id: string },
  attachments: readonly string[],
  more: { idempotencyKey?: string; senderId?: string; expiresIn?: number } = {},
): Promise<{ eventId: string }> {
  const { idempotencyKey, ...fields } = more;
  return cast.world.call(operations.sendMessage, {
    as,
    parameters: { conversationId },
    body: { content, attachments: [...attachments], ...fields },
    idempotencyKey,
  });
}

async function refusal(sending: Promise<unknown>): Promise<ErrorCode | undefined> {
  return sending.then(
    () => undefined,
    (error: unknown) => (error as { problem: { code: ErrorCode } }).problem.code,
  );
}

async function status(file: File, as: TestUser): Promise<number> {
  return (await cast.contentOf(file, as, { gateway: 1 })).status;
}

function attachmentOf({ id, name, contentType, size, width, height }: File): Attachment {
  return { id, name, contentType, size, ...(width && { width }), ...(height && { height }) };
}

test('members see what a message carries, live and later, and get it; others do not', async () => {
  const group = await cast.application.group([tom, jerry]);
  const files = [await tom.upload('photo.jpg', cast.photo), await tom.upload('a.txt', 'cheese')];
  const live = await jerry.connect({ gateway: 1 });
  const { eventId } = await send(
    tom,
    group,
    files.map(({ id }) => id),
  );
  const attachments = files.map(attachmentOf);
  await eventually(() => {
    expect(live.events(group).find(({ id }) => id === eventId)).toMatchObject({ attachments });
  });
  expect((await jerry.history(group)).at(-1)).toMatchObject({ id: eventId, attachments });
  for (const file of files) {
    expect([
      await status(file, jerry),
      await status(file, spike),
      await status(file, cast.foreigner),
    ]).toEqual([200, 404, 404]);
  }
});

test('of a service: what is for everybody is shown to everybody, what is for one to nobody else', async () => {
  const { application } = cast;
  const service = await application.service();
  await application.add(service, jerry);
  const [asked, answered, broadcasted] = [
    await tom.upload('asked.txt', 'where?'),
    await application.upload('answered.txt', 'there'),
    await application.upload('map.txt', 'cheese'),
  ];
  await send(tom, service, [asked.id]);
  await application.call(operations.sendMessage, {
    parameters: { conversationId: service.id },
    body: { senderId: 'spike', content, attachments: [answered.id], to: ['tom'] },
  });
  const seenBy = async (user: TestUser): Promise<number[]> => [
    await status(asked, user),
    await status(answered, user),
    await status(broadcasted, user),
  ];
  expect(await seenBy(tom)).toEqual([200, 200, 404]);
  expect(await seenBy(jerry)).toEqual([404, 404, 404]);
  // Tom is not subscribed.
  await broadcast(application, service, 'look', { senderId: 'spike', attachments: [broadcasted.id] });
  expect(await seenBy(tom)).toEqual([200, 200, 200]);
  expect(await seenBy(jerry)).toEqual([404, 404, 200]);
  expect(await seenBy(cast.foreigner)).toEqual([404, 404, 404]);
});

test('by socket too', async () => {
  const group = await cast.application.group([tom, jerry]);
  const file = await tom.upload('a.txt', 'cheese');
  const client = await tom.connect();
  const answer = await client.call('message.send', {
    conversationId: group.id,
    content,
    attachments: [file.id],
  });
  expect(answer).toMatchObject({ ok: true });
  expect(await status(file, jerry)).toBe(200);
});

test('who joins later, where history begins at joining, gets nothing of before; who leaves loses it', async () => {
  const group = await cast.application.group([tom, jerry], { historyVisibility: 'joined' });
  const file = await tom.upload('a.txt', 'cheese');
  await send(tom, group, [file.id]);
  await cast.application.add(group, spike);
  expect(await status(file, spike)).toBe(404);
  await send(tom, group, [file.id]);
  expect(await status(file, spike)).toBe(200);
  await cast.application.remove(group, spike);
  expect(await status(file, spike)).toBe(404);
});

test('only events are looked at that the user may be able to see: none by invitation, none of rooms that it is not in', async () => {
  const { application, world } = cast;
  const group = await application.group([tom]);
  const room = await application.call<{ id: string }>(operations.createConversation, {
    body: { kind: 'room' },
  });
  const file = await tom.upload('a.txt', 'cheese');
  const client = await tom.connect();
  await client.call('room.enter', { conversationId: room.id });
  for (const { id: conversationId } of [group, room])
    expect(
      await client.call('message.send', { conversationId, content, attachments: [file.id] }),
    ).toMatchObject({ ok: true });
  await application.call(operations.inviteMembers, {
    parameters: { conversationId: group.id },
    body: { members: [{ userId: spike.id }] },
  });
  const database = new Database(
    {
      DATABASE_URL: world.database.url,
      HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
      HOOKLINE_DATABASE_CONNECTIONS: 2,
    },
    'attachments-test',
  );
  const looked = () => new FilesStore(database).attachedTo(file.id, spike.id, null);
  expect(await looked()).toEqual([]);
  const spikes = await spike.connect();
  await spikes.call('room.enter', { conversationId: room.id });
  expect(await looked()).toMatchObject([{ conversationId: room.id }]);
  expect(await status(file, spike)).toBe(200);
  await database.close();
});

test('what a hook addresses to some is for them alone; the hook sees what is attached', async () => {
  const group = await cast.application.group([tom, jerry, spike]);
  const hook = await cast.application.hook(() => ({ recipients: ['jerry'] }));
  const file = await tom.upload('a.txt', 'cheese');
  await send(tom, group, [file.id]);
  await cast.application.deleteHook(hook);
  expect(hook.received[0]!.body.event.attachments).toEqual([attachmentOf(file)]);
  expect([await status(file, jerry), await status(file, spike)]).toEqual([200, 404]);
});

test('only own files are sent; a server sends any of its application', async () => {
  const group = await cast.application.group([tom, jerry]);
  const file = await tom.upload('a.txt', 'cheese');
  const foreign = await cast.foreigner.upload('a.txt', 'cheese');
  const unknown = '01940b5e-7d2c-7000-8000-000000000001';
  for (const id of [foreign.id, unknown]) {
    expect(await refusal(send(tom, group, [file.id, id]))).toBe('file_not_found');
    expect(await refusal(send(cast.application, group, [id], { senderId: 'tom' }))).toBe('file_not_found');
  }
  expect(await refusal(send(jerry, group, [file.id]))).toBe('file_not_found');
  expect(await refusal(send(cast.application, group, [file.id], { senderId: 'jerry' }))).toBeUndefined();
  expect(await refusal(send(tom, group, [file.id, file.id]))).toBe('invalid_request');
  const many = Array.from({ length: limits.attachmentsPerMessage + 1 }, (_, index) =>
    unknown.replace(/..$/, String(10 + index)),
  );
  expect(await refusal(send(tom, group, many))).toBe('invalid_request');
});

test('an attached file is not deleted; one that a recalled message has carried is', async () => {
  const group = await cast.application.group([tom, jerry]);
  const file = await tom.upload('a.txt', 'cheese');
  const { eventId } = await send(tom, group, [file.id], { idempotencyKey: 'attached' });
  const deleting = () => cast.world.call(operations.deleteFile, { as: tom, parameters: { fileId: file.id } });
  expect(await refusal(deleting())).toBe('file_attached');
  await cast.world.call(operations.recallMessage, {
    as: tom,
    parameters: { conversationId: group.id, eventId },
  });
  const recalled = (await jerry.history(group)).find(({ id }) => id === eventId) as MessageEvent;
  expect([recalled.content.type, recalled.attachments]).toEqual(['recalled', undefined]);
  expect(await status(file, jerry)).toBe(404);
  await deleting();
  expect(await send(tom, group, [file.id], { idempotencyKey: 'attached' })).toMatchObject({ eventId });
});

test('in a room, whoever attends gets it; who has not entered, has left or was put out does not', async () => {
  const room = await cast.application.call<{ id: string }>(operations.createConversation, {
    body: { kind: 'room' },
  });
  const place = { conversationId: room.id };
  const [toms, jerrys] = [await tom.connect(), await jerry.connect({ gateway: 1 })];
  for (const client of [toms, jerrys])
    expect(await client.call('room.enter', place)).toMatchObject({ ok: true });
  const file = await tom.upload('a.txt', 'cheese');
  await send(tom, room, [file.id]);
  const seen = async () => [
    await status(file, jerry),
    await status(file, spike),
    await status(file, cast.foreigner),
  ];
  expect(await seen()).toEqual([200, 404, 404]);
  expect(await jerrys.call('room.leave', place)).toMatchObject({ ok: true });
  expect(await seen()).toEqual([404, 404, 404]);
  expect(await jerrys.call('room.enter', place)).toMatchObject({ ok: true });
  expect(await seen()).toEqual([200, 404, 404]);
  const body = { userId: 'jerry' };
  await cast.application.call(operations.blockInConversation, { parameters: place, body });
  expect(await seen()).toEqual([404, 404, 404]);
});

describe('a file is let go of with the message that carries it', () => {
  let group: { readonly id: string };
  let file: File;
  let eventId: string;

  beforeEach(async () => {
    group = await cast.application.group([tom, jerry]);
    file = await tom.upload('a.txt', 'cheese');
    ({ eventId } = await send(tom, group, [file.id], { expiresIn: 3_600 }));
    await cast.world.settled(cast.application);
    expect(await refusal(remove())).toBe('file_attached');
  });

  const remove = (): Promise<unknown> => tom.call(operations.deleteFile, { parameters: { fileId: file.id } });
  const sql = (statement: string, id: string) => cast.world.database.sql(statement, id);

  async function expectRelease(): Promise<void> {
    await eventually(async () => {
      expect(await sql('SELECT FROM conversation.event_file WHERE file_id = $1::uuid', file.id)).toEqual([]);
    });
    // Housekeeping removes what is due; until then it is the owner's alone.
    const due = 'SELECT FROM conversation.file WHERE id = $1::uuid AND due_at > now()';
    expect(await sql(due, file.id)).toEqual([]);
    expect(await status(file, jerry)).toBe(404);
    expect(await refusal(remove())).toBeUndefined();
  }

  test('when it expires', async () => {
    await sql(`UPDATE conversation.event SET expires_at = now() WHERE id = $1::uuid`, eventId);
    expect(await status(file, jerry)).toBe(404);
    await housekeeping((database) => new MessagesStore(database).purgeExpired());
    await expectRelease();
  });

  test('when it is older than the application keeps events', async () => {
    await cast.world.call(operations.updateApplication, {
      as: cast.world.owner,
      parameters: { applicationId: cast.application.id },
      body: { eventRetentionDays: limits.eventRetentionDaysMinimum },
    });
    await sql(
      `UPDATE conversation.event SET created_at = now() - interval '8 days'
       WHERE conversation_key = (SELECT key FROM conversation.conversation WHERE id = $1)`,
      group.id,
    );
    await sql(
      `UPDATE conversation.conversation SET retention_due_from = now() - interval '8 days' WHERE id = $1`,
      group.id,
    );
    await housekeeping((database) => new RetentionStore(database).sweep());
    await expectRelease();
  });

  test('when its conversation is deleted', async () => {
    await cast.application.call(operations.deleteConversation, { parameters: { conversationId: group.id } });
    expect(await status(file, jerry)).toBe(404);
    await sql(
      `UPDATE conversation.conversation SET deleted_at = now() - interval '1 hour' WHERE id = $1`,
      group.id,
    );
    await housekeeping((database) => new PurgeStore(database).sweep());
    await expectRelease();
  });
});

/** As the platform does it now and then, only at once: portion by portion, until one finds nothing. */
async function housekeeping(portion: (database: Database) => Promise<number>): Promise<void> {
  const settings = {
    DATABASE_URL: cast.world.database.url,
    HOOKLINE_DATABASE_ROLE: 'hookline_conversation',
    HOOKLINE_DATABASE_CONNECTIONS: 1,
  };
  const database = new Database(settings, 'attachments-test');
  try {
    while ((await portion(database)) > 0);
  } finally {
    await database.close();
  }
}
