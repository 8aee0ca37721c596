import { describe, expect, test } from '@jest/globals';
import fastCheck from 'fast-check';
import { heard, untroubled, type EndpointHealth, type Heard } from './endpoint-health.js';

const hour = 60 * 60 * 1_000;
const settings = { concurrency: 8, failingDuration: 72 * hour };
const well = untroubled(8);

const answered = (status: number, retryAfter: number | null = null, begunAt = 0): Heard => ({
  kind: 'answered',
  isTaken: status >= 200 && status < 300,
  status,
  retryAfter,
  begunAt,
});
const failed = (failure: string, begunAt = 0): Heard => ({ kind: 'failed', failure, isOwn: false, begunAt });

const after = (results: readonly Heard[], health = well, unit = 0): EndpointHealth =>
  results.reduce((known, result) => heard(known, result, result.begunAt, unit, settings).health, health);

describe('a delivery', () => {
  test.each([
    [200, 'done'],
    [299, 'done'],
    [199, 'failed'],
    [304, 'failed'],
    [400, 'failed'],
    [401, 'failed'],
    [410, 'kept'],
    [429, 'failed'],
    [500, 'failed'],
    [503, 'failed'],
  ])('answered %i is %s', (status, delivery) => {
    expect(heard(well, answered(status), 0, 0, settings)).toMatchObject({
      delivery,
      disable: status === 410 ? 'gone' : null,
    });
  });

  test('that failed on our side is no attempt, and says nothing', () => {
    const own: Heard = { kind: 'failed', failure: 'paused', isOwn: true, begunAt: 0 };
    expect(heard(well, own, 0, 0, settings)).toEqual({ health: well, delivery: 'postponed', disable: null });
  });
});

describe('an endpoint', () => {
  test.each([
    [answered(429), 1_000],
    [answered(502), 1_000],
    [answered(504), 1_000],
    [answered(429, 30_000), 30_000],
    [answered(500, 7_000), 7_000],
  ])('that answers %j is left alone for %i ms, and trusted with half as much', (answer, length) => {
    const health = after([answer]);
    expect(health).toMatchObject({ failures: 0, throttles: 1, allowed: 4 });
    expect(health.pause).toEqual({ reason: 'throttled', from: 0, until: length });
  });

  test('that keeps asking for less is left alone longer and longer, up to a minute', () => {
    let health = well;
    const lengths = Array.from({ length: 8 }, (_, index) => {
      health = after([answered(429, null, index * hour)], health);
      return health.pause!.until - health.pause!.from;
    });
    expect(lengths).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
    expect(health.allowed).toBe(1);
  });

  test('that answers what had begun before its pause changes nothing more', () => {
    const paused = after([answered(429, null, 100)]);
    for (const old of [answered(429, null, 99), failed('timeout', 99), answered(500, null, 99)])
      expect(heard(paused, old, 200, 0, settings)).toEqual({
        health: paused,
        delivery: 'failed',
        disable: null,
      });
    const { health } = heard(paused, answered(204, null, 99), 200, 0, settings);
    expect(health).toEqual({ ...paused, failures: 0, failingSince: null });
  });

  test.each(['timeout', 'refused', 'network'])('away (%s) ten times in a row is left alone', (failure) => {
    const nine = after(Array.from({ length: 9 }, () => failed(failure)));
    expect(nine).toMatchObject({ failures: 9, pause: null, allowed: 8 });
    const ten = after([failed(failure, 5)], nine);
    expect(ten).toMatchObject({ openings: 1, allowed: 1 });
    expect(ten.pause).toEqual({ reason: 'circuit', from: 5, until: 5_005 });
    const again = after([failed(failure, 6_000)], ten);
    expect(again).toMatchObject({ openings: 2, allowed: 1 });
    expect(again.pause).toEqual({ reason: 'circuit', from: 6_000, until: 16_000 });
  });

  test('that answers at all is not away', () => {
    const nine = after(Array.from({ length: 9 }, () => failed('timeout')));
    expect(after([answered(500)], nine)).toMatchObject({ failures: 0, pause: null });
  });

  test('that takes something is well again, and trusted with more and more', () => {
    const open = after(Array.from({ length: 10 }, () => failed('refused')));
    const one = after([answered(200, null, 6_000)], open);
    expect(one).toEqual({ ...well, allowed: 2 });
    expect(after([answered(200, null, 6_001)], one).allowed).toBe(2.5);
    const many = Array.from({ length: 100 }, () => answered(200, null, 7_000));
    expect(after(many, one)).toEqual(well);
  });

  test('that has taken nothing for three days is disabled by the next failure, not earlier', () => {
    const failing = after([answered(500, null, hour)]);
    expect(failing.failingSince).toBe(hour);
    expect(heard(failing, answered(500), 73 * hour - 1, 0, settings).disable).toBeNull();
    expect(heard(failing, answered(400), 73 * hour, 0, settings)).toMatchObject({
      delivery: 'failed',
      disable: 'failing',
    });
    expect(heard(failing, answered(200), 73 * hour, 0, settings)).toMatchObject({
      delivery: 'done',
      disable: null,
    });
  });

  test('is never paused for no time or for ever, nor trusted with nothing or too much', () => {
    const answer = fastCheck.oneof(
      fastCheck.integer({ min: 100, max: 599 }).map((status) => answered(status)),
      fastCheck
        .tuple(fastCheck.constantFrom(200, 429, 500, 503), fastCheck.integer({ min: 1_000, max: hour }))
        .map(([status, wait]) => answered(status, wait)),
      fastCheck.constantFrom('timeout', 'refused', 'network', 'redirect').map((failure) => failed(failure)),
    );
    fastCheck.assert(
      fastCheck.property(
        fastCheck.array(fastCheck.tuple(answer, fastCheck.integer({ min: -20_000, max: 400_000 })), {
          maxLength: 60,
        }),
        fastCheck.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        (answers, unit) => {
          let health = well;
          let now = 0;
          for (const [result, step] of answers) {
            now += Math.max(0, step);
            const known = health;
            ({ health } = heard(
              known,
              { ...result, begunAt: now - Math.max(0, -step) },
              now,
              unit,
              settings,
            ));
            expect(health.allowed).toBeGreaterThanOrEqual(1);
            expect(health.allowed).toBeLessThanOrEqual(8);
            if (health.pause === null || health.pause === known.pause) continue;
            const length = health.pause.until - health.pause.from;
            expect(length).toBeGreaterThanOrEqual(1_000);
            expect(length).toBeLessThanOrEqual(hour);
          }
        },
      ),
    );
  });
});
