import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { TestUser } from '../harness/application.js';
import type { AppProcess } from '../harness/app-process.js';
import { eventually } from '../harness/eventually.js';
import { callsOfHookBy, changeHook, registerHook } from '../harness/managed-hooks.js';
import type { RestAnswer } from '../harness/rest.js';
import { World } from '../harness/world.js';

let world: World;
let engines: AppProcess[];
beforeAll(async () => {
  world = await World.start({ gateways: 2, conversations: 2 });
  engines = [world.hookEngine, await world.another('hook-engine')];
});
afterAll(() => world.close());

const moderated = { type: 'text', text: 'moderated' } as const;

/** What became of a message; whatever else was answered as it is, so that it is seen when a test fails. */
function fateOf({ status, body }: RestAnswer): string {
  const { dropped, modified } = body as { dropped?: boolean; modified?: object | null };
  if (status === 200 && dropped === true) return 'dropped';
  if (status === 201) return modified === null ? 'passed' : 'rewritten';
  return JSON.stringify(body);
}

/** Messages that are sent one after the other, by several users at both gateways, until it is enough. */
class Load {
  /** Odd while something is being changed. */
  private era = 0;
  private isOver = false;
  private readonly sends: { user: TestUser; text: string; fate: string; era: number | null }[] = [];

  constructor(private readonly senders: readonly (readonly [TestUser, { id: string }])[]) {}

  async during(work: () => Promise<void>): Promise<void> {
    const sending = Promise.all(this.senders.map((sender) => this.send(...sender)));
    try {
      await Promise.race([work(), sending]);
    } finally {
      this.isOver = true;
      await sending;
    }
  }

  /** What is sent from the answer on until the next change begins has this fate, whoever of the engines is asked. */
  async change(fate: 'passed' | 'dropped' | 'rewritten', work: () => Promise<{ id: string }>): Promise<void> {
    this.era += 1;
    const hook = await work();
    this.era += 1;
    const fates = (): string[] => this.sends.filter(({ era }) => era === this.era).map((sent) => sent.fate);
    const calls = (): Promise<number[]> => Promise.all(engines.map((engine) => callsOfHookBy(engine, hook)));
    const before = await calls();
    await eventually(async () => {
      expect(fates().length).toBeGreaterThanOrEqual(20);
      if (fate === 'passed') return;
      const after = await calls();
      for (const [index, count] of before.entries()) expect(after[index]).toBeGreaterThan(count);
    });
    expect([...new Set(fates())]).toEqual([fate]);
  }

  async expectStored(): Promise<void> {
    for (const [user, group] of this.senders) {
      const contents = (await user.history(group)).flatMap((event) =>
        'content' in event ? [event.content] : [],
      );
      const sent = this.sends.filter((one) => one.user === user && one.fate !== 'dropped');
      expect(contents).toEqual(
        sent.map(({ text, fate }) => (fate === 'rewritten' ? moderated : { type: 'text', text })),
      );
    }
  }

  private async send(user: TestUser, group: { id: string }): Promise<void> {
    for (let count = 0; !this.isOver; count++) {
      const { era } = this;
      const text = `${user.id} ${String(count)}`;
      const fate = fateOf(await user.send(group, text, { gateway: count % 2 }));
      this.sends.push({ user, text, fate, era: era === this.era ? era : null });
    }
  }
}

test('two hook-engines obey what was changed of a hook from the answer on, whatever is sent meanwhile', async () => {
  const application = await world.application();
  const users = await application.users('tom', 'jerry', 'spike', 'tyke');
  const senders = await Promise.all(
    users.map(async (user) => [user, await application.group([user])] as const),
  );
  // Whatever fails is no message that passes.
  const patient = { deadline: 9_000, failurePolicy: 'abort' } as const;
  const load = new Load(senders);
  await load.during(async () => {
    for (let round = 0; round < 2; round++) {
      const drops = await world.signedServer(() => ({ action: 'drop' }));
      const rewrites = await world.signedServer(() => ({ content: moderated }));
      await load.change('dropped', async () => {
        const hook = await registerHook(application, 'messageReceived', { url: drops.url, ...patient });
        for (const server of [drops, rewrites]) server.registered(hook);
        return hook;
      });
      await load.change('rewritten', () => changeHook(application, rewrites, { url: rewrites.url }));
      await load.change('passed', () => changeHook(application, rewrites, { enabled: false }));
      await load.change('rewritten', () => changeHook(application, rewrites, { enabled: true }));
      await load.change('passed', async () => {
        await application.deleteHook(rewrites);
        return rewrites;
      });
      for (const server of [drops, rewrites]) expect(server.forged).toBe(0);
    }
  });
  await load.expectStored();
}, 240_000);
