import type { LiveSignal } from '#contracts/ephemeral.js';
import type { HooklineError } from '#contracts/errors.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import type { LiveEvent, SessionIdentity } from '#contracts/sessions.js';
import type { PresentedToken } from '#contracts/tokens.js';

/** Who has connected, and what it asks to resume. */
export interface ClientIdentity extends SessionIdentity {
  /** Known conversations with the last seq received; null: live events only. */
  readonly resume: ReadonlyMap<string, number> | null;
  readonly tag: string | null;
  /** Null: its dialect knows it by something else. */
  readonly token: PresentedToken | null;
}

/** What is known of an event besides what native clients see. */
export type EventBesides = Pick<LiveEvent, 'senderMemberId' | 'dataText'>;

/** What a dialect does with what its client should see. */
export interface ClientSink {
  /** The session ends for this reason; the connection has to be closed. */
  end(reason: HooklineError): void;
  /** Until then its token is valid (ms since the epoch): another one was shown elsewhere. */
  refreshed(expiresAt: number): void;
  /** @param besides what other protocols show of it; undefined of what only this user was told */
  event(event: TimelineEvent, besides?: EventBesides): void;
  /** Members have got further. */
  receipts(receipts: ReceiptUpdate): void;
  /** May be dropped when the client is slow. */
  signal(signal: LiveSignal['signal']): void;
  /** A conversation that the client has not known; its events follow. */
  conversation(conversationId: string): void;
  /** A conversation that the client has known does not exist any more. */
  deleted(conversationId: string): void;
  /** The client is in this room no more, without having asked for it. */
  leftRoom(conversationId: string): void;
  /** The user's own choice, made in this session or another one. */
  muted(conversationId: string, muted: boolean): void;
  /** Resolves when the client has shown that it has got everything that it was sent until now; never, if it does not. */
  received(): Promise<void>;
  /** Resolves when the client has read enough to be given a page of what it has missed, or is gone. */
  room(): Promise<void>;
}
