import { HooklineError } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import { enterRoom, leaveRoom, listRoomsOfSession } from '#contracts/rooms.js';
import type { MembershipView, SessionIdentity } from '#contracts/sessions.js';
import type { Bus } from '#platform/bus/bus.js';
import type { ClientSink } from './client-sink.port.js';
import type { Feeds } from './feeds.port.js';
import { goneAmong } from './memberships.js';
import type { SessionConversation } from './session-conversation.js';

/** What a session has to offer its rooms. */
interface Host {
  readonly identity: SessionIdentity;
  /** Rooms are entered by sessions that are open. */
  readonly isOpen: () => boolean;
  readonly conversation: (membership: MembershipView, position: number) => SessionConversation;
  /** Is told when the client is in a room no more without having asked for it. */
  readonly sink: Pick<ClientSink, 'leftRoom' | 'deleted'>;
}

interface Entered {
  readonly seq: number;
  readonly tooFarBehind: boolean;
}

/** A room that the conversation app is being asked to let in to. Hooks may take seconds to say yes. */
interface Entering {
  readonly conversationId: string;
  /** Keys of rooms that ended for this session since it was asked. */
  readonly ended: Set<string>;
}

/**
 * The rooms that one session is in. They are not on the user's list of conversations: the session enters them by itself, and
 * is out of them when it is closed. Changes happen one after the other, but none waits for the hooks of another.
 */
export class SessionRooms {
  private readonly rooms = new Map<string, SessionConversation>();
  private readonly entering = new Set<Entering>();
  private changes: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly host: Host,
    private readonly bus: Pick<Bus, 'ask'>,
    private readonly feeds: Pick<Feeds, 'attach' | 'detach'>,
  ) {}

  has(conversationId: string): boolean {
    return this.find(conversationId) !== undefined;
  }

  /**
   * Enters, or takes a room up anew from `afterSeq`; null: live only, or from where it is. Resolves when everything until
   * now has been delivered.
   *
   * @throws HooklineError too_many_rooms, service_unavailable, or what the conversation app answers
   */
  async enter(conversationId: string, afterSeq: number | null): Promise<Entered> {
    if (!this.host.isOpen())
      throw new HooklineError('service_unavailable', 'Wait for session.ready before you enter a room');
    if (this.others(conversationId).size >= limits.roomsPerSession) throw new HooklineError('too_many_rooms');
    const entering: Entering = { conversationId, ended: new Set() };
    this.entering.add(entering);
    try {
      for (;;) {
        entering.ended.clear();
        const membership = await this.bus.ask(enterRoom, this.entrance(conversationId));
        const entered = await this.change(() =>
          // Put out again already: whether before the answer or after it, only another question tells.
          entering.ended.has(membership.conversationKey) ? null : this.follow(membership, afterSeq),
        );
        if (entered !== null) return entered;
      }
    } finally {
      this.entering.delete(entering);
    }
  }

  /** @throws HooklineError what the conversation app answers */
  leave(conversationId: string): Promise<void> {
    return this.change(async () => {
      await this.bus.ask(leaveRoom, this.attendance(conversationId));
      const room = this.find(conversationId);
      if (room !== undefined) this.detach(room.membership.conversationKey);
    });
  }

  /** The user has been put out, or the room is gone; nothing happens when the session is not in it. */
  end(conversationKey: string, how: 'leftRoom' | 'deleted'): Promise<void> {
    return this.change(() => {
      for (const { ended } of this.entering) ended.add(conversationKey);
      const room = this.rooms.get(conversationKey);
      if (room === undefined) return;
      this.detach(conversationKey);
      this.host.sink[how](room.membership.conversationId);
    });
  }

  /** A notice may have been lost: asks in which rooms the session still is. */
  async recheck(): Promise<void> {
    if (this.rooms.size === 0) return;
    const { sessionId, applicationId } = this.host.identity;
    const held = [...this.rooms.values()].map(({ membership }) => membership);
    const { conversationKeys } = await this.bus.ask(listRoomsOfSession, { sessionId });
    const present = new Set(conversationKeys);
    const absent = held.filter(({ conversationKey }) => !present.has(conversationKey));
    const ids = absent.map(({ conversationId }) => conversationId);
    const gone = await goneAmong(this.bus, applicationId, ids);
    for (const { conversationKey, conversationId } of absent)
      await this.end(conversationKey, gone.has(conversationId) ? 'deleted' : 'leftRoom');
  }

  close(): void {
    for (const key of [...this.rooms.keys()]) this.detach(key);
  }

  private async follow(membership: MembershipView, afterSeq: number | null): Promise<Entered> {
    if (!this.host.isOpen()) throw new HooklineError('service_unavailable');
    const { conversationKey, conversationId, headSeq } = membership;
    const position = Math.min(afterSeq ?? this.find(conversationId)?.currentPosition ?? headSeq, headSeq);
    this.detach(conversationKey);
    const room = this.host.conversation(membership, position);
    const { isTooFarBehind: tooFarBehind } = room;
    if (tooFarBehind) room.skipToEnd();
    this.rooms.set(conversationKey, room);
    try {
      await this.feeds.attach([{ conversationKey, listener: room }]);
      if (!this.host.isOpen()) throw new HooklineError('service_unavailable');
      await room.catchUp(this.bus);
    } catch (error) {
      this.detach(conversationKey);
      throw error;
    }
    return { seq: room.currentPosition, tooFarBehind };
  }

  /** Rooms that it is in or is entering, but for this one. */
  private others(conversationId: string): Set<string> {
    const held = [...this.rooms.values()].map(({ membership }) => membership.conversationId);
    const ids = new Set([...held, ...[...this.entering].map((entering) => entering.conversationId)]);
    ids.delete(conversationId);
    return ids;
  }

  private find(conversationId: string): SessionConversation | undefined {
    return [...this.rooms.values()].find(({ membership }) => membership.conversationId === conversationId);
  }

  private detach(conversationKey: string): void {
    const room = this.rooms.get(conversationKey);
    if (room === undefined) return;
    this.rooms.delete(conversationKey);
    this.feeds.detach(conversationKey, room);
  }

  private attendance(conversationId: string) {
    const { sessionId, applicationId, userId } = this.host.identity;
    return { sessionId, applicationId, userId, conversationId };
  }

  private entrance(conversationId: string) {
    const { address, dialect } = this.host.identity;
    return { ...this.attendance(conversationId), origin: { address, dialect } };
  }

  private change<Result>(work: () => Result | Promise<Result>): Promise<Result> {
    const done = this.changes.then(work);
    this.changes = done.catch(() => undefined);
    return done;
  }
}
