import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { LeanCloudError } from '../leancloud-error.js';
import type { Row } from './where.js';

/**
 * A `where` as it comes in a query, or in a request of a batch.
 *
 * @throws LeanCloudError 102
 */
export function parsedWhere(where: unknown): unknown {
  if (where === undefined || where === '') return {};
  if (typeof where !== 'string') return where;
  try {
    return JSON.parse(where) as unknown;
  } catch {
    throw new LeanCloudError(400, leanCloudCodes.invalidQuery, 'where must be JSON');
  }
}

/** Every row names itself. */
const always = ['objectId', 'createdAt', 'updatedAt'];

/** The columns that are asked for, or all but those that are named with a '-'. */
export function chosen(row: Row, keys: string | undefined): Row {
  const named = (keys ?? '')
    .split(',')
    .map((key) => key.trim().split('.')[0] ?? '')
    .filter((key) => key !== '');
  if (named.length === 0) return row;
  const without = named.filter((key) => key.startsWith('-')).map((key) => key.slice(1));
  const wanted = named.filter((key) => !key.startsWith('-'));
  const isShown = (column: string): boolean =>
    !without.includes(column) && (wanted.length === 0 || wanted.includes(column) || always.includes(column));
  return Object.fromEntries(Object.entries(row).filter(([column]) => isShown(column)));
}
