import { Injectable } from '@nestjs/common';
import { Log } from '../log.js';
import { isDatabaseAway } from './database-away.js';

/** ms */
const silence = 10_000;

/** While PostgreSQL is away everything fails for one reason: said once in a while, without a stack for each failure. */
@Injectable()
export class OutageLog {
  private loggedAt = -Infinity;
  private failures = 0;

  constructor(private readonly log: Log) {}

  /** @returns whether the error means that the database is away; the log knows then, and nothing else has to be logged */
  explains(error: unknown): boolean {
    if (!isDatabaseAway(error)) return false;
    this.failures += 1;
    const now = performance.now();
    if (now - this.loggedAt >= silence) {
      this.log.warn({ failures: this.failures, reason: reasonOf(error) }, 'the database is away');
      this.loggedAt = now;
      this.failures = 0;
    }
    return true;
  }
}

/** Codes only: an error's text may repeat what was to be stored. */
function reasonOf(error: unknown): string {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  return [name, code].filter((part) => typeof part === 'string').join(' ');
}
