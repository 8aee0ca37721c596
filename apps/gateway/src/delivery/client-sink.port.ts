import type { LiveSignal } from '#contracts/ephemeral.js';
import type { HooklineError } from '#contracts/errors.js';
import type { TimelineEvent } from '#contracts/event.js';
import type { ReceiptUpdate } from '#contracts/receipts.js';
import type { SessionIdentity } from '#contracts/sessions.js';
import type { PresentedToken } from '#contracts/tokens.js';

/** Who has connected, and what it asks to resume. */
export interface ClientIdentity extends SessionIdentity {
  /** Known conversations with the last seq received; null: live events only. */
  readonly resume: ReadonlyMap<string, number> | null;
  readonly tag: string | null;
  /** Null: its dialect knows it by something else. */
  readonly token: PresentedToken | null;
}

/** What a dialect does with what its client should see. */
export interface ClientSink {
  /** The session ends for this reason; the connection has to be closed. */
  end(reason: HooklineError): void;
  event(event: TimelineEvent): void;
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
  /** Resolves when the client has read enough to be given a page of what it has missed, or is gone. */
  room(): Promise<void>;
}
