import { pipeline } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { listPushNotifications } from '#contracts/push.js';
import { exportUser, type UserExportRecord } from '#contracts/user-exports.js';
import { Bus } from '#platform/bus/bus.js';
import { Log } from '#platform/log.js';

interface ExportedUser {
  readonly applicationId: string;
  readonly userId: string;
}
type Page = z.output<typeof exportUser.answer>;

/** Writes all that is stored about users, line by line: no more than one page of it is in memory. */
@Injectable()
export class UserExports {
  /** Of whom. */
  private readonly underWay: string[] = [];

  constructor(
    private readonly bus: Bus,
    private readonly log: Log,
  ) {}

  /**
   * Answers the request. What goes wrong after the first page cuts the answer short: its last line is missing.
   *
   * @throws HooklineError user_not_found, overloaded
   */
  async send(
    user: ExportedUser,
    { request, response }: { readonly request: Request; readonly response: Response },
  ): Promise<void> {
    const place = this.enter(user);
    try {
      const first = await this.bus.ask(exportUser, { ...user, from: null });
      response.status(200).setHeader('Content-Type', 'application/x-ndjson');
      response.setHeader('Cache-Control', 'no-store');
      if (request.method === 'HEAD') {
        response.end();
        return;
      }
      // Whoever takes nothing any more would keep its place.
      response.setTimeout(limits.exportSilence);
      await pipeline(this.texts(user, first), response).catch((error: unknown) => {
        const { applicationId } = user;
        // Whoever goes away in the middle needs no answer.
        if (error instanceof HooklineError)
          this.log.warn({ applicationId, code: error.code }, 'an export broke off');
      });
    } finally {
      this.underWay.splice(this.underWay.indexOf(place), 1);
    }
  }

  private async *texts(user: ExportedUser, first: Page): AsyncGenerator<string> {
    let count = 0;
    for await (const records of this.pages(user, first)) {
      count += records.length;
      if (records.length > 0) yield records.map(lineOf).join('');
    }
    yield lineOf({ type: 'end', records: count });
  }

  /** The next page is asked for when the one before is written. */
  private async *pages(user: ExportedUser, first: Page): AsyncGenerator<readonly UserExportRecord[]> {
    yield first.records;
    let { next } = first;
    while (next !== null) {
      const page: Page = await this.bus.ask(exportUser, { ...user, from: next });
      yield page.records;
      ({ next } = page);
    }
    let cursor: string | null = null;
    do {
      const page: z.output<typeof listPushNotifications.answer> = await this.bus.ask(listPushNotifications, {
        ...{ ...user, cursor, limit: limits.pageSize },
      });
      yield page.notifications.map(({ payload: _payload, userId: _userId, ...notification }) => ({
        ...{ type: 'notification', ...notification },
      }));
      cursor = page.nextCursor;
    } while (cursor !== null);
  }

  /** Nobody takes all places: a user has few. @throws HooklineError overloaded */
  private enter({ applicationId, userId }: ExportedUser): string {
    const place = `${applicationId}:${userId}`;
    if (this.underWay.length >= limits.exportsAtOnce)
      throw new HooklineError('overloaded', 'Too many exports are under way');
    if (this.underWay.filter((each) => each === place).length >= limits.exportsPerUser)
      throw new HooklineError('overloaded', 'Too many exports of this user are under way');
    this.underWay.push(place);
    return place;
  }
}

function lineOf(record: UserExportRecord): string {
  return `${JSON.stringify(record)}\n`;
}
