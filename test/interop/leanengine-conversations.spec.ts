import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Conversation } from '#contracts/conversations.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { SharedWorld } from '../harness/shared-world.js';
import { register } from './hook-servers.js';
import { LeanEngine } from './lean-engine.js';

/*
 * Every hook of conversations with the sample of seed 002 that stands there in JavaScript, from what a client does to what comes of it.
 */

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;
let engine: LeanEngine;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  tom = await application.user('Tom');
  jerry = await application.user('Jerry');
  spike = await application.user('Spike');
});
afterEach(() => engine.stop());

/** Registers a server with these functions. */
async function deploy(handlers: Parameters<typeof LeanEngine.start>[0]): Promise<void> {
  engine = await LeanEngine.start(handlers);
  await register(application, engine);
}

const rejected = (code: number, detail: string) => ({
  problem: { status: 403, code: 'rejected_by_hook', detail, hook: { code, detail } },
});
const members = (...users: TestUser[]) => users.map(({ id: userId }) => ({ userId }));

const find = (group: { id: string }): Promise<Conversation & { members: { userId: string }[] }> =>
  application.call(operations.getConversation, { parameters: { conversationId: group.id } });

describe('conversations', () => {
  test('_conversationStart: fewer than four are none', async () => {
    await deploy({
      onIMConversationStart: (request) => {
        if (request.params.members.length < 4) {
          return {
            reject: true,
            code: 1234,
            detail: 'Please invite at least 3 people to the conversation',
          };
        } else {
          return {};
        }
      },
    });
    const wanted = { name: 'Tom & Jerry', attributes: { topic: 'cats' } };
    await expect(tom.create({ ...wanted, members: members(jerry) })).rejects.toMatchObject(
      rejected(1234, 'Please invite at least 3 people to the conversation'),
    );
    const butch = await application.user('Butch');
    await tom.create({ members: members(jerry, spike, butch) });
    const [first, second] = await engine.parameters('_conversationStart', 2);
    expect(first).toEqual({
      initBy: 'Tom',
      members: ['Tom', 'Jerry'],
      attr: { name: 'Tom & Jerry', attr: { topic: 'cats' } },
    });
    expect(second).toMatchObject({ members: ['Tom', 'Jerry', 'Spike', 'Butch'], attr: {} });
  });

  test('_conversationAdd: Tom may not, others may', async () => {
    await deploy({
      onIMConversationAdd: (request) => {
        if (request.params.initBy === 'Tom') {
          return {
            reject: true,
            code: 9890,
            detail: 'This is a private conversation. You cannot add anyone else to it.',
          };
        } else {
          return {};
        }
      },
    });
    const { id: conversationId } = await tom.create({ members: members(jerry) });
    const addition = { parameters: { conversationId }, body: { members: members(spike) } };
    await expect(tom.call(operations.addMembers, addition)).rejects.toMatchObject(
      rejected(9890, 'This is a private conversation. You cannot add anyone else to it.'),
    );
    await application.call(operations.addMembers, addition);
    const added = { members: ['Spike'], convId: conversationId };
    expect(await engine.parameters('_conversationAdd', 2)).toEqual([
      { initBy: 'Tom', ...added },
      { initBy: null, ...added },
    ]);
  });

  test('_conversationRemove: the staff stays; whoever goes by itself is not asked about', async () => {
    await deploy({
      onIMConversationRemove: async (request) => {
        const supporters = ['Bast', 'Hypnos', 'Kthanid'];
        const members = request.params.members;
        for (const member of members) {
          if (supporters.includes(member)) {
            return await Promise.resolve({
              reject: true,
              code: 1928,
              detail: `You cannot remove the staff member ${member}`,
            });
          }
        }
        return {};
      },
    });
    const bast = await application.user('Bast');
    const { id: conversationId } = await tom.create({ members: members(jerry, spike, bast) });
    const remove = ({ id: userId }: TestUser) =>
      tom.call(operations.removeMember, { parameters: { conversationId, userId } });
    await expect(remove(bast)).rejects.toMatchObject(
      rejected(1928, 'You cannot remove the staff member Bast'),
    );
    await remove(spike);
    await jerry.call(operations.leaveConversation, { parameters: { conversationId }, body: {} });
    expect((await find({ id: conversationId })).members.map(({ userId }) => userId).toSorted()).toEqual([
      'Bast',
      'Tom',
    ]);
    expect(await engine.parameters('_conversationRemove', 2)).toEqual([
      { initBy: 'Tom', members: ['Bast'], convId: conversationId },
      { initBy: 'Tom', members: ['Spike'], convId: conversationId },
    ]);
  });

  test('_conversationUpdate: the name stays, attributes and mutes pass', async () => {
    await deploy({
      // It returns nothing when it has no objection.
      onIMConversationUpdate: (request) => {
        if ('attr' in request.params && 'name' in request.params.attr) {
          return {
            reject: true,
            code: 1949,
            detail: 'The name of the conversation cannot be updated.',
          };
        }
        return undefined;
      },
    });
    const { id: conversationId } = await tom.create({ members: members(jerry) });
    const update = (body: object) =>
      tom.call(operations.updateConversation, { parameters: { conversationId }, body });
    await expect(update({ name: 'Cats' })).rejects.toMatchObject(
      rejected(1949, 'The name of the conversation cannot be updated.'),
    );
    await update({ attributes: { topic: { cats: 2 }, mood: null } });
    await tom.call(operations.muteConversation, { parameters: { conversationId, userId: 'Tom' } });
    const asked = { initBy: 'Tom', convId: conversationId };
    expect(await engine.parameters('_conversationUpdate', 3)).toEqual([
      { ...asked, attr: { name: 'Cats' } },
      { ...asked, attr: { 'attr.topic.cats': 2, 'attr.mood': null } },
      { ...asked, mute: true },
    ]);
  });

  test('_conversationUpdate: what it returns is set instead', async () => {
    await deploy({
      onIMConversationUpdate: ({ params }) =>
        'attr' in params
          ? { attr: { ...params.attr, name: 'Cats!', internal: true }, mute: true }
          : { mute: false },
    });
    const { id: conversationId } = await tom.create({});
    const parameters = { conversationId };
    await tom.call(operations.updateConversation, {
      parameters,
      body: { name: 'Cats', attributes: { topic: 'cats' } },
    });
    expect(await find({ id: conversationId })).toMatchObject({
      name: 'Cats!',
      attributes: { topic: 'cats', internal: true },
    });
    const member = await tom.call(operations.muteConversation, {
      parameters: { ...parameters, userId: 'Tom' },
    });
    expect(member).toMatchObject({ muted: false });
  });
});

describe('what is told of conversations', () => {
  test('_conversationStarted, _conversationAdded, _conversationRemoved: each once, who acts and whom it concerns', async () => {
    await deploy({
      onIMConversationStarted: () => ({}),
      onIMConversationAdded: () => undefined,
      onIMConversationRemoved: () => undefined,
    });
    const { id: conversationId } = await tom.create({ members: members(jerry) });
    const parameters = { conversationId };
    await tom.call(operations.addMembers, { parameters, body: { members: members(spike) } });
    await application.call(operations.removeMember, { parameters: { ...parameters, userId: 'Spike' } });
    await jerry.call(operations.leaveConversation, { parameters, body: {} });
    // The sample looks whether whoever acts is the only one whom it concerns.
    expect(await engine.parameters('_conversationRemoved', 2)).toEqual([
      { initBy: null, convId: conversationId, members: ['Spike'] },
      { initBy: 'Jerry', convId: conversationId, members: ['Jerry'] },
    ]);
    expect(await engine.parameters('_conversationStarted')).toEqual([{ convId: conversationId }]);
    expect(await engine.parameters('_conversationAdded')).toEqual([
      { initBy: 'Tom', convId: conversationId, members: ['Spike'] },
    ]);
  });
});
