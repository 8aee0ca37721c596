import type { JsonValue } from '#contracts/json-value.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { LeanCloudError } from '../leancloud-error.js';
import { patternOf } from './pattern.js';

export type Row = Readonly<Record<string, JsonValue>>;
/** Whether a row is asked for. */
export type Condition = (row: Row) => boolean;
type Where = Readonly<Record<string, unknown>>;
type Value = JsonValue | undefined;
type Operator = (operand: unknown, siblings: Where) => (value: Value) => boolean;

/** Columns in which an equality finds elements, too. */
const lists = new Set(['m', 'mu']);
const longestPattern = 200;
const deepest = 8;

/**
 * What a `where` asks of rows.
 *
 * @throws LeanCloudError 102 for what it may not say
 */
export function conditionOf(where: unknown, depth = 1): Condition {
  if (depth > deepest) throw wrong(`is more than ${String(deepest)} levels deep`);
  const conditions = Object.entries(objectOf(where)).map(([name, constraint]): Condition => {
    if (name === '$and' || name === '$or') {
      const parts = listOf(constraint, name).map((part) => conditionOf(part, depth + 1));
      return name === '$and'
        ? (row) => parts.every((part) => part(row))
        : (row) => parts.some((part) => part(row));
    }
    if (name.startsWith('$')) throw wrong(`does not know ${name}`);
    const holds = constraintOf(constraint, lists.has(name));
    return (row) => holds(valueAt(row, name));
  });
  return (row) => conditions.every((condition) => condition(row));
}

/** What a `where` says for certain of every row that it asks for; null: nothing. */
export interface Certainties {
  readonly objectIds: readonly string[] | null;
  readonly memberId: string | null;
  readonly attribute: readonly [name: string, value: string | number | boolean] | null;
  readonly kind: 'system' | 'room' | null;
}

/** The most selective ways to what a `where` asks for. */
export function certaintiesOf(where: unknown): Certainties {
  const certain = certainParts(where);
  const of = (name: string): unknown[] => certain.filter(([key]) => key === name).map(([, value]) => value);
  const attribute = certain
    .map(([name, value]) => [name.replace(/^attr\./, ''), value, name] as const)
    .find(
      ([name, value, column]) =>
        !name.includes('.') &&
        isColumnOfItsOwn(column) &&
        ['string', 'number', 'boolean'].includes(typeof value),
    );
  const isTrue = (name: string): boolean => of(name).includes(true);
  return {
    objectIds: firstIds(of('objectId')),
    memberId: firstMember(of('m')),
    attribute: attribute === undefined ? null : [attribute[0], attribute[1] as string | number | boolean],
    kind: isTrue('sys') ? 'system' : isTrue('tr') ? 'room' : null,
  };
}

/** Columns of a conversation that are no attributes. */
export const ownColumns: ReadonlySet<string> = new Set([
  ...['objectId', 'createdAt', 'updatedAt', 'name', 'c', 'm', 'mu', 'tr', 'sys', 'unique', 'uniqueId', 'lm'],
  ...['attr', 'ACL'],
]);

/** Whether anything in it depends on who is in a conversation. */
export function asksForMembers(where: unknown): boolean {
  if (Array.isArray(where)) return where.some(asksForMembers);
  if (!isObject(where)) return false;
  return Object.entries(where).some(([name, value]) =>
    name === '$and' || name === '$or' ? asksForMembers(value) : lists.has(name) || name === 'uniqueId',
  );
}

function isColumnOfItsOwn(column: string): boolean {
  return !ownColumns.has(column) && !column.startsWith('$');
}

/** What every row has to fulfil, column by column. */
export function certainParts(where: unknown): [string, unknown][] {
  if (!isObject(where)) return [];
  return Object.entries(where).flatMap(([name, value]): [string, unknown][] => {
    if (name === '$and') return Array.isArray(value) ? value.flatMap(certainParts) : [];
    return [[name, value]];
  });
}

function firstIds(constraints: readonly unknown[]): readonly string[] | null {
  for (const constraint of constraints) {
    if (typeof constraint === 'string') return [constraint];
    const ids = isObject(constraint) ? constraint['$in'] : undefined;
    if (Array.isArray(ids)) return ids.filter((id) => typeof id === 'string');
  }
  return null;
}

function firstMember(constraints: readonly unknown[]): string | null {
  for (const constraint of constraints) {
    if (typeof constraint === 'string') return constraint;
    if (!isObject(constraint)) continue;
    const { $all, $in } = constraint;
    const named: unknown = Array.isArray($all)
      ? $all[0]
      : Array.isArray($in) && $in.length === 1
        ? $in[0]
        : undefined;
    if (typeof named === 'string') return named;
  }
  return null;
}

const operators: Readonly<Record<string, Operator>> = {
  $ne: (operand) => not(equals(operand)),
  $lt: (operand) => compares(operand, (order) => order < 0),
  $lte: (operand) => compares(operand, (order) => order <= 0),
  $gt: (operand) => compares(operand, (order) => order > 0),
  $gte: (operand) => compares(operand, (order) => order >= 0),
  $in: (operand) => any(listOf(operand, '$in').map((one) => equals(one))),
  $nin: (operand) => not(any(listOf(operand, '$nin').map((one) => equals(one)))),
  $all: (operand) => {
    const wanted = listOf(operand, '$all').map(keyOf);
    return (value) => {
      const present = new Set(Array.isArray(value) ? value.map(keyOf) : []);
      return wanted.every((one) => present.has(one));
    };
  },
  $size: (operand) => {
    if (!Number.isInteger(operand)) throw wrong('$size takes a number');
    return (value) => Array.isArray(value) && value.length === operand;
  },
  $exists: (operand) => {
    if (typeof operand !== 'boolean') throw wrong('$exists takes true or false');
    return (value) => (value !== undefined && value !== null) === operand;
  },
  $regex: (operand, { $options = '' }) => {
    if (typeof operand !== 'string' || typeof $options !== 'string') throw wrong('$regex takes a text');
    const test = operand.length > longestPattern ? undefined : patternOf(operand, $options);
    if (test === undefined) {
      throw wrong(
        `$regex takes at most ${String(longestPattern)} characters, and of regular expressions \\Q..\\E, .*, ^ and $`,
      );
    }
    return (value) => typeof value === 'string' && test(value);
  },
};

function constraintOf(constraint: unknown, isList: boolean): (value: Value) => boolean {
  const named = isObject(constraint) ? Object.entries(constraint) : [];
  if (!named.some(([name]) => name.startsWith('$'))) {
    const isEqual = equals(constraint);
    return isList ? (value) => (Array.isArray(value) ? value.some(isEqual) : isEqual(value)) : isEqual;
  }
  const siblings = constraint as Where;
  const tests = named.flatMap(([name, operand]) => {
    if (name === '$options') return [];
    const operator = Object.hasOwn(operators, name) ? operators[name] : undefined;
    if (operator === undefined) throw wrong(`does not know ${name}`);
    const test = operator(operand, siblings);
    if (!isList || !['$in', '$nin', '$ne'].includes(name)) return [test];
    // Of the elements: none, where none may be.
    return name === '$in'
      ? [(value: Value) => Array.isArray(value) && value.some(test)]
      : [(value: Value) => !Array.isArray(value) || value.every(test)];
  });
  return (value) => tests.every((test) => test(value));
}

function equals(operand: unknown): (value: Value) => boolean {
  if (operand === null) return (value) => value === undefined || value === null;
  const wanted = keyOf(operand);
  return (value) => value !== undefined && keyOf(value) === wanted;
}

function not(test: (value: Value) => boolean): (value: Value) => boolean {
  return (value) => !test(value);
}

function any(tests: readonly ((value: Value) => boolean)[]): (value: Value) => boolean {
  return (value) => tests.some((test) => test(value));
}

function compares(operand: unknown, is: (order: number) => boolean): (value: Value) => boolean {
  const wanted = comparable(operand);
  if (wanted === undefined) throw wrong('compares numbers, texts and dates');
  return (value) => {
    const given = comparable(value);
    if (given === undefined || typeof given !== typeof wanted) return false;
    return is(compareScalars(given, wanted));
  };
}

/** Of two of the same type. */
function compareScalars(one: Scalar, other: Scalar): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

type Scalar = number | string | bigint;

/** Dates are no numbers: nothing compares with both. */
function comparable(value: unknown): Scalar | undefined {
  if (typeof value === 'number' || typeof value === 'string') return value;
  const time = timeOf(value);
  return time === undefined ? undefined : BigInt(time);
}

/** ms; undefined: it is no date in LeanCloud's JSON. */
export function timeOf(value: unknown): number | undefined {
  if (!isObject(value) || value['__type'] !== 'Date' || typeof value['iso'] !== 'string') return undefined;
  const time = Date.parse(value['iso']);
  return Number.isNaN(time) ? undefined : time;
}

/** The same for equal values, whatever the order of their fields. */
function keyOf(value: unknown): string {
  const time = timeOf(value);
  if (time !== undefined) return `date:${String(time)}`;
  if (isObject(value) && value['__type'] === 'Pointer')
    return `pointer:${JSON.stringify([value['className'], value['objectId']])}`;
  return JSON.stringify(value, (_key, part: unknown) =>
    isObject(part) ? Object.fromEntries(Object.entries(part).toSorted(byName)) : part,
  );
}

function byName([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number {
  return compareScalars(one, other);
}

/** By a name, or a path with dots. */
function valueAt(row: Row, path: string): Value {
  if (Object.hasOwn(row, path)) return row[path];
  let value: Value = row;
  for (const name of path.split('.')) {
    if (!isObject(value) || !Object.hasOwn(value, name)) return undefined;
    value = (value as Row)[name];
  }
  return value;
}

/** Orders rows by the columns that `order` names, those with a '-' downwards. Rows that lack one come first. */
export function orderOf(order: string): (one: Row, other: Row) => number {
  const columns = order
    .split(',')
    .map((column) => column.trim())
    .filter((column) => column !== '')
    .map((column) => ({ name: column.replace(/^[-+]/, ''), sign: column.startsWith('-') ? -1 : 1 }));
  return (one, other) => {
    for (const { name, sign } of columns) {
      const order = compareValues(valueAt(one, name), valueAt(other, name));
      if (order !== 0) return order * sign;
    }
    return 0;
  };
}

const types = ['undefined', 'number', 'string', 'bigint'];

function compareValues(one: Value, other: Value): number {
  const [first, second] = [comparable(one), comparable(other)];
  if (typeof first !== typeof second) return types.indexOf(typeof first) - types.indexOf(typeof second);
  return first === undefined || second === undefined ? 0 : compareScalars(first, second);
}

function objectOf(where: unknown): Where {
  if (!isObject(where)) throw wrong('must be an object');
  return where;
}

function listOf(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`${name} takes a list`);
  return value as unknown[];
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wrong(detail: string): LeanCloudError {
  return new LeanCloudError(400, leanCloudCodes.invalidQuery, `where ${detail}`);
}
