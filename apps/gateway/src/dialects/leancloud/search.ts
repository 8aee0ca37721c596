import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import type { Finding } from '#contracts/leancloud/routes/route.js';
import { LeanCloudError } from './leancloud-error.js';
import { comparedRowOf } from './translate/conversation-row.js';
import { parsedWhere } from './translate/finding.js';
import { conditionOf, orderOf, type Row } from './translate/where.js';

/** What one search looks at, at most. */
export const lookedAtMost = 10_000;

/** What is looked at, with the row that it is. */
interface Candidate {
  readonly row: Row;
}

/** How the portions of a search are read. */
interface Reading {
  readonly isNewestFirst: boolean;
  /** They come in the order that is asked for: nothing needs to be read beyond the page. */
  readonly isSorted: boolean;
}

/**
 * Whether an order is that in which rows come from where they are kept: by time, oldest first unless it is said otherwise.
 *
 * @param columns whose order is that of time
 */
export function readingOf(order: string, columns: readonly string[]): Reading {
  const [first = ''] = order.split(',').map((column) => column.trim());
  const isOfTime = columns.includes(first.replace(/^[-+]/, ''));
  return { isNewestFirst: isOfTime && first.startsWith('-'), isSorted: first === '' || isOfTime };
}

/**
 * Goes through portions of rows until it has the page that is asked for, or all that is to be counted or sorted.
 *
 * @throws LeanCloudError 102, 4310 when it would look at too many
 */
export async function search<Found extends Candidate>(
  { where, order = '', skip, limit, count }: Finding,
  isSorted: boolean,
  portions: AsyncIterable<readonly Found[]>,
): Promise<{ readonly page: readonly Found[]; readonly count?: number }> {
  const isAsked = conditionOf(parsedWhere(where));
  const enough = isSorted && !count ? skip + limit : Infinity;
  const found: Found[] = [];
  let looked = 0;
  for await (const portion of portions) {
    looked += portion.length;
    if (looked > lookedAtMost) throw tooMany();
    found.push(...portion.filter(({ row }) => isAsked(comparedRowOf(row))));
    if (found.length >= enough) break;
  }
  if (!isSorted) {
    const compare = orderOf(order);
    found.sort((one, other) => compare(comparedRowOf(one.row), comparedRowOf(other.row)));
  }
  return { page: found.slice(skip, skip + limit), ...(count && { count: found.length }) };
}

export function tooMany(): LeanCloudError {
  return new LeanCloudError(
    400,
    leanCloudCodes.conversationQueryFailed,
    `This would look at more than ${String(lookedAtMost)} objects. Ask for something rarer first`,
  );
}
