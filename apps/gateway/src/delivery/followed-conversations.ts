import type { LiveEvent, MembershipView, SessionIdentity } from '#contracts/sessions.js';
import type { ClientSink } from './client-sink.port.js';
import type { FeedsOfSession } from './session-feeds.port.js';
import { SessionConversation } from './session-conversation.js';

/** Which conversations of its user's list a session follows, and which it has followed before. */
export class FollowedConversations {
  /** By their keys. */
  private readonly present = new Map<string, SessionConversation>();
  /** By their ids. */
  private readonly past = new Map<string, SessionConversation>();
  private closed = false;

  constructor(
    private readonly identity: SessionIdentity,
    private readonly sink: ClientSink,
    private readonly feeds: FeedsOfSession['conversations'],
  ) {}

  get(conversationKey: string): SessionConversation | undefined {
    return this.present.get(conversationKey);
  }

  all(): SessionConversation[] {
    return [...this.present.values()];
  }

  has(conversationId: string): boolean {
    return this.all().some(({ membership }) => membership.conversationId === conversationId);
  }

  /** Last seq that a conversation gave which is followed no more. */
  givenBefore(conversationId: string): number | undefined {
    return this.past.get(conversationId)?.givenPosition;
  }

  /** Whether an event that everybody sees was given by its conversation, or is still to come from it. */
  tells({ conversationKey, event: { conversationId, seq } }: LiveEvent): 'yes' | 'soon' | 'no' {
    const followed = this.present.get(conversationKey);
    if (followed !== undefined) return followed.tells(seq);
    return this.past.get(conversationId)?.hasTold(seq) === true ? 'yes' : 'no';
  }

  enter(membership: MembershipView, position: number): SessionConversation {
    const conversation = this.follower(membership, position);
    this.present.set(membership.conversationKey, conversation);
    return conversation;
  }

  /** Hands its client what a conversation has for it, as long as the session lasts. */
  follower(membership: MembershipView, position: number): SessionConversation {
    const { userId, sessionId } = this.identity;
    return new SessionConversation(membership, userId, position, {
      event: (event, besides) => {
        if (!this.closed) this.sink.event(event, besides);
      },
      signal: ({ sessionId: sender, signal }) => {
        if (!this.closed && sender !== sessionId) this.sink.signal(signal);
      },
      receipts: (receipts) => {
        if (!this.closed) this.sink.receipts(receipts);
      },
      room: () => this.sink.room(),
    });
  }

  /** Attaches, unless the session was closed meanwhile: nothing may stay attached to a closed session. */
  async attach(conversations: readonly SessionConversation[]): Promise<void> {
    await this.feeds.attach(
      conversations.map((conversation) => ({
        conversationKey: conversation.membership.conversationKey,
        listener: conversation,
      })),
    );
    if (!this.closed) return;
    for (const conversation of conversations) {
      this.feeds.detach(conversation.membership.conversationKey, conversation);
    }
  }

  leave(conversationKey: string): void {
    const conversation = this.present.get(conversationKey);
    if (conversation === undefined) return;
    this.present.delete(conversationKey);
    this.past.set(conversation.membership.conversationId, conversation);
    this.feeds.detach(conversationKey, conversation);
  }

  close(): void {
    this.closed = true;
    for (const key of [...this.present.keys()]) this.leave(key);
  }
}
