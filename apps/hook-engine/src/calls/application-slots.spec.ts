import { expect, test } from '@jest/globals';
import { ApplicationSlots, type Share } from './application-slots.js';
import { HookGuard, type Called } from './hook-guard.port.js';

const time = { concurrency: 100, deadline: 3_000, timeout: 3_000 };
const answered: Called<string> = { kind: 'answered', answer: 'pass', duration: 0, exchange: null };

/** Calls of a hook with such a share: how many were begun, and how they end. */
class Calls {
  begun = 0;
  readonly ended: Promise<Called<string>>[] = [];
  private readonly guard = new HookGuard();
  private readonly end = Promise.withResolvers<Called<string>>();

  constructor(private readonly share: Share) {}

  async begin(count: number, changes: Partial<typeof time> = {}): Promise<void> {
    for (let call = 0; call < count; call++)
      this.ended.push(
        this.guard.pass({ ...time, ...changes, share: this.share }, () => {
          this.begun += 1;
          return this.end.promise;
        }),
      );
    await settled();
  }

  async answer(): Promise<void> {
    this.end.resolve(answered);
    await settled();
  }
}

/** Whatever can go on without waiting for anything has gone on. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('the hooks of an application share its places, and take none of others', async () => {
  const applications = new ApplicationSlots(10);
  const [first, second, elsewhere] = (['one', 'one', 'other'] as const).map(
    (application) => new Calls(applications.shareOf(application, 'live')),
  ) as [Calls, Calls, Calls];
  await first.begin(8);
  await second.begin(8);
  await elsewhere.begin(10);
  expect([first.begun, second.begun, elsewhere.begun]).toEqual([8, 2, 10]);
  await first.answer();
  expect(second.begun).toBe(8);
});

test('a call that waits for a place of its hook keeps none of the application', async () => {
  const applications = new ApplicationSlots(10);
  const narrow = new Calls(applications.shareOf('one', 'live'));
  const other = new Calls(applications.shareOf('one', 'live'));
  await narrow.begin(20, { concurrency: 1 });
  await other.begin(9);
  expect([narrow.begun, other.begun]).toEqual([1, 9]);
});

test('whoever waits for too long fails, and keeps no place', async () => {
  const applications = new ApplicationSlots(10);
  const busy = new Calls(applications.shareOf('one', 'live'));
  const late = new Calls(applications.shareOf('one', 'live'));
  await busy.begin(10);
  await late.begin(1, { concurrency: 1, timeout: 50 });
  expect(await late.ended[0]).toMatchObject({ kind: 'failed', failure: 'timeout', exchange: null });
  await busy.answer();
  await late.begin(1, { concurrency: 1 });
  expect(late.begun).toBe(1);
});

test('shadow hooks take half of the places, and do not wait', async () => {
  const applications = new ApplicationSlots(10);
  const shadow = new Calls(applications.shareOf('one', 'shadow'));
  const live = new Calls(applications.shareOf('one', 'live'));
  await shadow.begin(6);
  expect(shadow.begun).toBe(5);
  expect(await shadow.ended[5]).toEqual({
    kind: 'failed',
    failure: 'too_many_calls',
    duration: 0,
    exchange: null,
  });
  await live.begin(6);
  expect(live.begun).toBe(5);
  await shadow.answer();
  expect(live.begun).toBe(6);
  await live.answer();
  await shadow.begin(1);
  expect(shadow.begun).toBe(6);
});
