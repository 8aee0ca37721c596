import { Injectable } from '@nestjs/common';
import { ApplicationFeeds } from './application-feeds.port.js';
import { BroadcastCursors } from './broadcast-cursors.port.js';
import { Feeds } from './feeds.port.js';

/** Where sessions get what is live. */
@Injectable()
export class SessionFeeds {
  constructor(
    readonly conversations: Feeds,
    readonly applications: ApplicationFeeds,
    readonly cursors: BroadcastCursors,
  ) {}
}

/** As much of it as a session uses. */
export interface FeedsOfSession {
  readonly conversations: Pick<Feeds, 'attach' | 'detach' | 'position'>;
  readonly applications: Pick<ApplicationFeeds, 'attach' | 'detach' | 'position'>;
  readonly cursors: Pick<BroadcastCursors, 'move'>;
}
