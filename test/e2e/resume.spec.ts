import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { TimelineEvent } from '#contracts/event.js';
import { limits } from '#contracts/limits.js';
import type { TestApplication, TestUser } from '../harness/application.js';
import { stored, type Client } from '../harness/client.js';
import { eventually } from '../harness/eventually.js';
import { SharedWorld } from '../harness/shared-world.js';

let world: SharedWorld;
let application: TestApplication;
let tom: TestUser;
let jerry: TestUser;
let spike: TestUser;

beforeAll(async () => {
  world = await SharedWorld.attach();
});
afterAll(() => world.close());
beforeEach(async () => {
  application = await world.application();
  [tom, jerry, spike] = await application.users('tom', 'jerry', 'spike');
});

interface Group {
  readonly id: string;
}

/** "joined spike", "left spike", "message: text": what a client's person would see. */
function told(event: TimelineEvent): string {
  if ('members' in event) {
    const who = event.members.map(({ userId }) => userId).join();
    return `${event.type.slice('member.'.length)} ${who}`;
  }
  return 'content' in event && event.content.type === 'text' ? event.content.text : event.type;
}

const story = (client: Client, group?: Group): string[] => client.events(group).map(told);

async function say(user: TestUser, group: Group, ...texts: string[]): Promise<void> {
  for (const text of texts) expect((await user.send(group, text)).status).toBe(201);
}

/** Whatever comes, comes in order: when this is heard, nothing before it is still on its way. */
async function hearsNext(client: Client, user: TestUser, group: Group): Promise<void> {
  const { eventId } = (await user.send(group, 'marker')).body as { eventId: string };
  await eventually(() => {
    expect(client.events(group).at(-1)?.id).toBe(eventId);
  });
}

describe('a client that resumes', () => {
  test('gets each missed visible event once and in order, membership changes included, then live ones', async () => {
    const group = await application.group([tom, jerry]);
    const first = await jerry.connect();
    await say(tom, group, 'heard');
    await eventually(() => {
      expect(story(first, group)).toEqual(['heard']);
    });
    const resume = first.positions();
    first.disconnect();
    await say(tom, group, 'missed 1');
    await application.add(group, spike);
    await say(spike, group, 'missed 2');
    expect((await tom.sendCustom(group, 'wave', { at: 'jerry' })).status).toBe(201);
    await application.remove(group, spike);
    await say(tom, group, 'missed 3');
    const again = await jerry.connect({ gateway: 1, resume });
    expect(story(again)).toEqual([
      'missed 1',
      'joined spike',
      'missed 2',
      'custom:wave',
      'left spike',
      'missed 3',
    ]);
    expect(again.events()).toEqual((await jerry.history(group)).slice(2));
    expect(again.heard.at(-1)?.name).toBe('session.ready');
    await say(tom, group, 'live');
    await eventually(() => {
      expect(story(again).slice(6)).toEqual(['live']);
    });
  });

  test('gets its own events too, so that its acknowledgements never count as heard', async () => {
    const group = await application.group([tom, jerry]);
    await say(tom, group, 'mine');
    const client = await tom.connect({ resume: { [group.id]: 1 } });
    expect(story(client)).toEqual(['mine']);
  });

  test('misses nothing and gets nothing twice while others keep sending', async () => {
    const group = await application.group([tom, jerry]);
    const total = 150;
    const sending = (async () => {
      const sender = await tom.connect();
      for (let count = 1; count <= total; count++) stored(await sender.send(group, String(count)));
    })();
    const heard: string[] = [];
    let resume: Record<string, number> = { [group.id]: 1 };
    for (let gateway = 0; heard.length < total; gateway = 1 - gateway) {
      const client = await jerry.connect({ gateway, resume });
      const wanted = Math.min(total, heard.length + 20) - heard.length;
      await eventually(() => {
        expect(client.events().length).toBeGreaterThanOrEqual(wanted);
      });
      client.disconnect();
      heard.push(...story(client));
      resume = { ...resume, ...client.positions() };
    }
    await sending;
    expect(heard).toEqual(Array.from({ length: total }, (_, index) => String(index + 1)));
  });

  test('gets a conversation that it joined while away, from its joining on', async () => {
    const known = await application.group([tom, jerry]);
    const resume = (await jerry.connect({ resume: {} })).positions();
    const other = await application.group([tom]);
    await say(tom, other, 'before Jerry');
    await application.add(other, jerry);
    await say(tom, other, 'after Jerry');
    const client = await jerry.connect({ gateway: 1, resume });
    expect(story(client, known)).toEqual([]);
    expect(story(client, other)).toEqual(['joined jerry', 'after Jerry']);
    const created = client.heard.findIndex(({ name }) => name === 'conversation.created');
    expect(client.heard[created]?.payload).toEqual({ conversationId: other.id });
    expect(created).toBe(0);
    // Its history shows the beginning, as everybody else's does.
    expect((await jerry.history(other)).map(told)).toEqual([
      'joined tom',
      'before Jerry',
      'joined jerry',
      'after Jerry',
    ]);
  });

  test('gets a conversation that it left while away up to its leaving, and nothing after it', async () => {
    const group = await application.group([tom, jerry]);
    await say(tom, group, 'before');
    await application.remove(group, jerry);
    await say(tom, group, 'not for Jerry any more');
    const client = await jerry.connect({ resume: { [group.id]: 1 } });
    expect(story(client)).toEqual(['before', 'left jerry']);
    expect(client.ready.conversations).toEqual([
      expect.objectContaining({ conversationId: group.id, state: 'left', tooFarBehind: false }),
    ]);
    // Somebody who has left asks for nothing and gets nothing.
    const later = await jerry.connect({ resume: {} });
    expect(later.ready.conversations).toEqual([]);
    await say(tom, group, 'nor this');
    const another = await application.group([tom, jerry]);
    await eventually(() => {
      expect(story(client, another)).toEqual(['joined tom,jerry']);
      expect(story(later, another)).toEqual(['joined tom,jerry']);
    });
    expect(story(client, group)).toEqual(['before', 'left jerry']);
    expect(story(later, group)).toEqual([]);
  });

  test('that left and came back while away gets its new stay', async () => {
    const group = await application.group([tom, jerry], { historyVisibility: 'joined' });
    await application.remove(group, jerry);
    await say(tom, group, 'between');
    await application.add(group, jerry);
    await say(tom, group, 'back');
    const client = await jerry.connect({ resume: { [group.id]: 1 } });
    expect(story(client).at(-1)).toBe('back');
    expect(story(client)).not.toContain('between');
    expect(story(client)).toContain('joined jerry');
    await hearsNext(client, tom, group);
  });

  test('more than 1,000 events behind is told so, gets none of them, and goes on live', async () => {
    const group = await application.group([tom, jerry]);
    const atOnce = 50;
    for (let sent = 0; sent < limits.resumeEvents; sent += atOnce)
      await Promise.all(Array.from({ length: atOnce }, () => tom.send(group, 'x')));
    const inTime = await jerry.connect({ resume: { [group.id]: 1 } });
    expect(inTime.events(group)).toHaveLength(limits.resumeEvents);
    expect(inTime.ready.conversations).toMatchObject([{ tooFarBehind: false }]);
    await say(tom, group, 'one more');
    const tooLate = await jerry.connect({ gateway: 1, resume: { [group.id]: 1 } });
    expect(tooLate.events(group)).toEqual([]);
    expect(tooLate.ready.conversations).toEqual([
      {
        conversationId: group.id,
        seq: limits.resumeEvents + 2,
        state: 'joined',
        muted: false,
        tooFarBehind: true,
      },
    ]);
    await say(tom, group, 'live');
    await eventually(() => {
      expect(story(tooLate)).toEqual(['live']);
    });
    expect(await jerry.history(group)).toHaveLength(limits.resumeEvents + 3);
  });
});

describe('a client that does not resume', () => {
  test('gets live events only', async () => {
    const group = await application.group([tom, jerry]);
    await say(tom, group, 'before');
    const client = await jerry.connect();
    await say(tom, group, 'after');
    await eventually(() => {
      expect(story(client)).toEqual(['after']);
    });
    expect(client.ready.conversations).toEqual([
      { conversationId: group.id, seq: 2, state: 'joined', muted: false, tooFarBehind: false },
    ]);
  });

  test('is told of conversations that it joins, and hears nothing of those that it left', async () => {
    const client = await jerry.connect();
    const group = await application.group([tom]);
    await say(tom, group, 'before');
    await application.add(group, jerry);
    await say(tom, group, 'during');
    await application.remove(group, jerry);
    await say(tom, group, 'between');
    await application.add(group, jerry);
    await say(tom, group, 'again');
    await eventually(() => {
      expect(story(client)).toEqual(['joined jerry', 'during', 'left jerry', 'joined jerry', 'again']);
    });
    expect(client.heard[1]).toEqual({ name: 'conversation.created', payload: { conversationId: group.id } });
  });
});

describe('who came and went while away, and came again', () => {
  test('is told of both stays, when history is open from the start', async () => {
    const group = await application.group([tom]);
    await application.add(group, jerry);
    await say(tom, group, 'during');
    await application.remove(group, jerry);
    await application.add(group, jerry);
    const client = await jerry.connect({ resume: {} });
    expect(story(client).slice(-4)).toEqual(['joined jerry', 'during', 'left jerry', 'joined jerry']);
  });

  test('is told of the end of the one that it knew, and of the next one', async () => {
    const group = await application.group([tom, jerry]);
    const first = await jerry.connect({ resume: {} });
    const resume = first.positions();
    first.disconnect();
    await application.remove(group, jerry);
    await application.add(group, jerry);
    const client = await jerry.connect({ resume });
    expect(story(client)).toEqual(['left jerry', 'joined jerry']);
    await hearsNext(client, tom, group);
  });

  test('is told of the last one alone, when history begins at the joining', async () => {
    const group = await application.group([tom], { historyVisibility: 'joined' });
    await application.add(group, jerry);
    await application.remove(group, jerry);
    await application.add(group, jerry);
    const client = await jerry.connect({ resume: {} });
    expect(client.events(group).map(told)).toEqual(['joined jerry']);
  });
});

describe('who joined late, where history begins at the joining', () => {
  test('sees nothing older: not in history, by id, or by resuming from the beginning', async () => {
    const group = await application.group([tom], { historyVisibility: 'joined' });
    const secret = (await tom.send(group, 'before Jerry')).body as { eventId: string };
    await application.add(group, jerry);
    await say(tom, group, 'with Jerry');
    const client = await jerry.connect({ resume: { [group.id]: 0 } });
    expect(story(client)).toEqual(['joined jerry', 'with Jerry']);
    expect((await jerry.history(group)).map(told)).toEqual(['joined jerry', 'with Jerry']);
    expect(await jerry.event(group, secret.eventId)).toMatchObject({ body: { code: 'event_not_found' } });
    expect((await tom.history(group)).map(told)).toEqual([
      'joined tom',
      'before Jerry',
      'joined jerry',
      'with Jerry',
    ]);
  });

  test('sees nothing after leaving, and nothing at all by history then', async () => {
    const group = await application.group([tom, jerry], { historyVisibility: 'joined' });
    const event = (await tom.send(group, 'with Jerry')).body as { eventId: string };
    await application.remove(group, jerry);
    await expect(jerry.history(group)).rejects.toThrow('not_a_member');
    expect(await jerry.event(group, event.eventId)).toMatchObject({ body: { code: 'event_not_found' } });
  });
});

describe('history', () => {
  test('gives every event once over its pages, in both orders, by REST and by socket alike', async () => {
    const group = await application.group([tom, jerry]);
    const sender = await tom.connect();
    for (let count = 0; count < 24; count++) stored(await sender.send(group, String(count)));
    const whole = await jerry.history(group);
    expect(whole.map(({ seq }) => seq)).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    for (const limit of [1, 7, 25, 100]) expect(await jerry.history(group, limit)).toEqual(whole);
    for (const order of ['ascending', 'descending'] as const) {
      const pages: TimelineEvent[] = [];
      let cursor: string | null | undefined;
      while (cursor !== null) {
        const page = await sender.listEvents(group, {
          order,
          limit: 7,
          ...(cursor !== undefined && { cursor }),
        });
        if (!page.ok) throw new Error(page.error.code);
        pages.push(...page.events);
        cursor = page.nextCursor;
      }
      expect(pages).toEqual(order === 'ascending' ? whole : whole.toReversed());
    }
  });
});
