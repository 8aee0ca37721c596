import { Injectable } from '@nestjs/common';
import {
  applicationNotice,
  applicationSubject,
  broadcastHeads,
  readBroadcasts,
  type LiveBroadcast,
} from '#contracts/broadcasts.js';
import type { LiveSignal } from '#contracts/ephemeral.js';
import type { LiveEvent } from '#contracts/sessions.js';
import { OrderedFeed } from './ordered-feed.js';
import { RepairedFeeds } from './repaired-feeds.js';

/** Hears what concerns all users of an application. */
export interface ApplicationListener {
  /** Each once, in the order of their numbers. */
  hearBroadcast(broadcast: LiveBroadcast): void;
  /** What has become of a broadcast; in no order with them, and may be lost. */
  hearEvent(live: LiveEvent): void;
  /** Stored nowhere. */
  hearSignal(signal: LiveSignal): void;
}

/** One application's live broadcasts, by their numbers. */
export class ApplicationFeed extends OrderedFeed<LiveBroadcast, ApplicationListener> {
  hearEvent(live: LiveEvent): void {
    for (const listener of this.listeners) listener.hearEvent(live);
  }

  hearSignal(signal: LiveSignal): void {
    for (const listener of this.listeners) listener.hearSignal(signal);
  }

  protected positionOf({ number }: LiveBroadcast): number {
    return number;
  }

  protected release(broadcast: LiveBroadcast): void {
    for (const listener of this.listeners) listener.hearBroadcast(broadcast);
  }
}

const readAtOnce = 100;

/** The applications that this gateway's clients are of. */
@Injectable()
export class ApplicationFeeds extends RepairedFeeds<ApplicationListener, ApplicationFeed> {
  /** See `attachAll`. @throws HooklineError when the conversation app does not answer; nothing stays attached then */
  attach(applicationId: string, listener: ApplicationListener): Promise<void> {
    return this.attachAll([[applicationId, listener]]);
  }

  protected subject(applicationId: string): string {
    return applicationSubject(applicationId);
  }

  protected create(applicationId: string, head: number): ApplicationFeed {
    return new ApplicationFeed(applicationId, head);
  }

  protected async heads(applicationIds: readonly string[]): Promise<readonly [string, number][]> {
    const { heads } = await this.bus.ask(broadcastHeads, { applicationIds: [...applicationIds] });
    return heads;
  }

  protected hear(feed: ApplicationFeed, payload: unknown): void {
    const notice = applicationNotice.parse(payload);
    switch (notice.kind) {
      case 'broadcast':
        feed.receive([notice.broadcast]);
        return;
      case 'event':
        feed.hearEvent(notice.live);
        return;
      case 'signal':
        feed.hearSignal(notice.signal);
    }
  }

  protected async readOn(feed: ApplicationFeed): Promise<number> {
    const { broadcasts, read, head } = await this.bus.ask(readBroadcasts, {
      applicationId: feed.key,
      after: feed.position,
      limit: readAtOnce,
      newest: null,
    });
    // What lies before one of them was deleted, recalled, or has expired.
    for (const broadcast of broadcasts) {
      feed.pass(broadcast.number - 1);
      feed.receive([broadcast]);
    }
    feed.pass(read);
    return head;
  }
}
