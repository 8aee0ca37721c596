import { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import type { Requested } from './requested.js';

/** Pages before the present one to which a client can go back. */
const pagesBack = 20;

/** Cursors of the pages on the way here; null is the first one. */
const trail = z
  .array(z.string().max(1_000).nullable())
  .min(1)
  .max(pagesBack + 1);

/** How often a list is asked for one page of what is left of it. */
const rounds = 20;

interface Part<Item, Cursor> {
  readonly items: readonly Item[];
  /** Null: nothing is behind them. */
  readonly next: Cursor | null;
}

/**
 * A page of a list of which only some are wanted: it is asked for more until the page is full, so that clients do not see an empty
 * one and stop. Of a list that has hardly any of them, it may be shorter and not the last one.
 *
 * @param from null: from the beginning
 */
export async function filled<Item, Cursor>(
  limit: number,
  from: Cursor | null,
  ask: (from: Cursor | null, limit: number) => Promise<Part<Item, Cursor>>,
): Promise<Part<Item, Cursor>> {
  const items: Item[] = [];
  let next = from;
  for (let round = 0; round < rounds; round += 1) {
    const part = await ask(next, limit - items.length);
    items.push(...part.items);
    next = part.next;
    if (next === null || items.length >= limit) break;
  }
  return { items, next };
}

type Asked = Pick<Requested, 'root' | 'path'> & {
  readonly query: {
    readonly page_size: number;
    readonly order: 'ascending' | 'descending';
    readonly cursor: string | null;
  };
};

/**
 * One page of a list that goes forward alone: its cursor says from where it was come, so that there is a way back.
 */
export class Page {
  private readonly trail: readonly (string | null)[];

  /**
   * @param parameters besides page size and order, what the links have to repeat
   * @throws HooklineError invalid_cursor
   */
  constructor(
    private readonly asked: Asked,
    private readonly parameters: Readonly<Record<string, string | number | boolean | undefined>> = {},
  ) {
    this.trail = decoded(asked.query.cursor);
  }

  /** Of the list itself; null: from the beginning. */
  get cursor(): string | null {
    return this.trail[0] ?? null;
  }

  /** The page's links, absolute. @param next the list's cursor of the page behind this one; null: there is none */
  links(next: string | null): object {
    const { trail: here } = this;
    return {
      first: { href: this.href(null) },
      self: { href: this.href(here.length === 1 && this.cursor === null ? null : here) },
      ...(next !== null && { next: { href: this.href([next, ...here].slice(0, pagesBack + 1)) } }),
      ...(here.length > 1 && { prev: { href: this.href(here.slice(1)) } }),
    };
  }

  /** @param embedded what the answer holds */
  body(embedded: unknown, next: string | null): object {
    const { page_size: pageSize } = this.asked.query;
    return { page_size: pageSize, _embedded: embedded, _links: this.links(next) };
  }

  /** Clients read the cursor as if the whole link were a query: it must not be the first parameter. */
  private href(cursors: readonly (string | null)[] | null): string {
    const { root, path, query } = this.asked;
    const parameters = new URLSearchParams({
      order: query.order === 'ascending' ? 'asc' : 'desc',
      page_size: String(query.page_size),
    });
    for (const [name, value] of Object.entries(this.parameters))
      if (value !== undefined) parameters.set(name, String(value));
    if (cursors !== null) parameters.set('cursor', encoded(cursors));
    return `${root}${path}?${parameters.toString()}`;
  }
}

function encoded(cursors: readonly (string | null)[]): string {
  return Buffer.from(JSON.stringify(cursors), 'utf8').toString('base64url');
}

function decoded(cursor: string | null): readonly (string | null)[] {
  if (cursor === null) return [null];
  try {
    return trail.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8')));
  } catch {
    throw new HooklineError('invalid_cursor');
  }
}
