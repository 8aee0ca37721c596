import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { RequestOf } from '#contracts/hooks/requests.js';
import { operations } from '#contracts/rest/operations.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { eventually } from '../harness/eventually.js';
import { HttpAnswer, type SignedCall } from '../harness/signed-server.js';
import { World } from '../harness/world.js';

type Told = RequestOf<'conversationAdded'> | RequestOf<'conversationRemoved'>;

let world: World;
let application: TestApplication;
let users: TestUser[];

beforeAll(async () => {
  world = await World.start();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  users = await application.users('ann', 'tom', 'jerry', 'spike');
});

/** What a hook has heard, each thing once: by conversation, who came or went, in the order of the first successful calls. */
class Story<Body extends Told> {
  readonly heard = new Map<string, Body>();
  isBroken = false;
  failures = 0;

  readonly answer = ({ body }: SignedCall<Body>): unknown => {
    if (this.isBroken) {
      this.failures += 1;
      return new HttpAnswer(503);
    }
    if (!this.heard.has(body.id)) this.heard.set(body.id, body);
    return {};
  };

  of({ id }: { readonly id: string }): string[] {
    return [...this.heard.values()]
      .filter(({ conversation }) => conversation.id === id)
      .flatMap(({ members }) => members);
  }
}

const expected = (rounds: number): string[] =>
  Array.from({ length: rounds }, () => ['tom', 'jerry', 'spike']).flat();

async function listen(): Promise<{
  added: Story<RequestOf<'conversationAdded'>>;
  removed: Story<RequestOf<'conversationRemoved'>>;
}> {
  const [added, removed] = [
    new Story<RequestOf<'conversationAdded'>>(),
    new Story<RequestOf<'conversationRemoved'>>(),
  ];
  await application.on('conversationAdded', added.answer);
  await application.on('conversationRemoved', removed.answer);
  return { added, removed };
}

function group(): Promise<{ readonly id: string }> {
  return application.group(users.slice(0, 1));
}

/** Tom, Jerry and Spike come, one after the other, and go again. */
async function comeAndGo(conversation: { readonly id: string }): Promise<void> {
  for (const user of users.slice(1)) await application.add(conversation, user);
  for (const user of users.slice(1)) await application.remove(conversation, user);
}

test('nothing is written down for an application without hooks', async () => {
  const written = async () =>
    (await world.database.sql('SELECT last_value AS number FROM conversation.occurrence_number_seq'))[0];
  const conversation = await group();
  // By now it is known that there are none.
  await eventually(async () => {
    const before = await written();
    await comeAndGo(conversation);
    expect(await written()).toEqual(before);
  });
});

describe('nothing is lost, and nothing comes in another order', () => {
  test('when a dead hook server comes back', async () => {
    const { added, removed } = await listen();
    const conversation = await group();
    await comeAndGo(conversation);
    await eventually(() => {
      expect(removed.of(conversation)).toEqual(expected(1));
    });
    added.isBroken = removed.isBroken = true;
    await comeAndGo(conversation);
    await comeAndGo(conversation);
    await eventually(() => {
      expect(Math.min(added.failures, removed.failures)).toBeGreaterThan(0);
    });
    // One that fails holds up its own lane alone.
    added.isBroken = removed.isBroken = false;
    const other = await group();
    await comeAndGo(other);
    await eventually(() => {
      for (const story of [added, removed]) {
        expect(story.of(other)).toEqual(expected(1));
        expect(story.of(conversation)).toEqual(expected(3));
      }
    });
  });

  test('when hook-engine is away, and everything else is started again', async () => {
    const { added, removed } = await listen();
    const conversation = await group();
    await comeAndGo(conversation);
    for (const user of users.slice(1)) await application.add(conversation, user);
    await world.hookEngine.kill();
    // No blocking hook is asked when somebody goes by itself.
    for (const user of users.slice(1))
      await user.call(operations.leaveConversation, {
        parameters: { conversationId: conversation.id },
        body: {},
      });
    await world.conversations[0]!.kill();
    await world.nats.stop();
    await world.nats.start();
    await world.conversations[0]!.start();
    await world.hookEngine.start();
    await world.whole();
    await comeAndGo(conversation);
    await eventually(() => {
      for (const story of [added, removed]) expect(story.of(conversation)).toEqual(expected(3));
    });
  });

  test('when one of two hook-engines is killed again and again in the midst of it', async () => {
    await world.another('hook-engine');
    const { added, removed } = await listen();
    const conversations = await Promise.all(Array.from({ length: 6 }, group));
    const rounds = new Map(conversations.map((conversation) => [conversation, 0]));
    let isOver = false;
    const happening = Promise.all(
      conversations.map(async (conversation) => {
        for (; !isOver; rounds.set(conversation, rounds.get(conversation)! + 1))
          await comeAndGo(conversation);
      }),
    );
    for (let kill = 1; kill <= 3; kill += 1) {
      // No time is the wrong one.
      const heard = added.heard.size + Math.ceil(Math.random() * 10);
      await eventually(() => {
        expect(added.heard.size).toBeGreaterThanOrEqual(heard);
      });
      await world.hookEngine.kill();
      await world.hookEngine.start();
    }
    isOver = true;
    await happening;
    await eventually(() => {
      for (const [conversation, number] of rounds)
        for (const story of [added, removed]) expect(story.of(conversation)).toEqual(expected(number));
    }, 90_000);
    await world.idle();
  }, 240_000);
});
