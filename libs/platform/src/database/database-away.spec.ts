import { describe, expect, test } from '@jest/globals';
import { isDatabaseAway } from './database-away.js';

const coded = (code: string, message = 'x'): Error => Object.assign(new Error(message), { code });

/** As Prisma wraps what its adapter got. */
function wrapped(code: string, cause: object): Error {
  return Object.assign(new Error('x'), { code, meta: { driverAdapterError: { cause } } });
}

describe('the database is away', () => {
  test.each([
    ['nobody listens', coded('ECONNREFUSED')],
    ['at several addresses', new AggregateError([coded('ECONNREFUSED')])],
    ['it is shut down under us', coded('57P01')],
    ['it starts up', coded('57P03')],
    ['it has no connection left', coded('53300')],
    ['a lock is not to be had', coded('55P03')],
    ['the connection went away', new Error('Connection terminated unexpectedly')],
    ['the pool has none in time', new Error('timeout exceeded when trying to connect')],
    ['it does not answer in time', new Error('Query read timeout')],
    ['Prisma cannot reach it', coded('P1001')],
    ['Prisma has no connection in time', coded('P2024')],
    ["Prisma's transaction is gone", coded('P2028')],
    [
      'Prisma cannot begin',
      Object.assign(new Error('x'), { name: 'PrismaClientInitializationError', errorCode: undefined }),
    ],
    [
      'a raw statement of Prisma was ended',
      wrapped('P2010', { originalCode: '57P01', kind: 'postgres', code: '57P01' }),
    ],
    [
      'the adapter could not connect',
      Object.assign(new Error('x'), { cause: { kind: 'DatabaseNotReachable' } }),
    ],
  ])('%s', (_name, error) => {
    expect(isDatabaseAway(error)).toBe(true);
  });
});

describe('the database is there', () => {
  test.each([
    ['a statement is wrong', coded('42P01')],
    [
      'a value cannot be stored',
      wrapped('P2010', { originalCode: '22P05', kind: 'postgres', code: '22P05' }),
    ],
    ['a row exists already', wrapped('P2002', { originalCode: '23505', kind: 'UniqueConstraintViolation' })],
    ['something else is wrong', new TypeError('x is not a function')],
    ['nothing is known', undefined],
    ['it is a text', 'ECONNREFUSED'],
  ])('%s', (_name, error) => {
    expect(isDatabaseAway(error)).toBe(false);
  });
});
