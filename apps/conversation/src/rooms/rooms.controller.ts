import { Controller } from '@nestjs/common';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { enterRoom, leaveRoom, listRoomsOfSession } from '#contracts/rooms.js';
import type { MembershipView } from '#contracts/sessions.js';
import { Answers } from '#platform/bus/answers.js';
import { RoomsStore } from '../store/rooms.store.js';
import { TimelineChanges } from '../timeline-changes/timeline-changes.port.js';
import { EnterRoom } from './enter-room.js';
import { RoomDoor } from './room-door.js';

/** Sessions come into rooms and go. */
@Controller()
export class RoomsController {
  constructor(
    private readonly entering: EnterRoom,
    private readonly timeline: TimelineChanges,
    private readonly door: RoomDoor,
    private readonly rooms: RoomsStore,
  ) {}

  @Answers(enterRoom)
  enter(question: z.output<typeof enterRoom.question>): Promise<MembershipView> {
    return this.entering.enter(question);
  }

  @Answers(leaveRoom)
  async leave(question: z.output<typeof leaveRoom.question>): Promise<object> {
    const { applicationId, conversationId } = question;
    const conversation = await this.timeline.conversation(applicationId, conversationId);
    if (conversation.kind !== 'room') throw new HooklineError('wrong_conversation_kind');
    await this.timeline.transaction(async (transaction) => {
      await this.timeline.lockInAnyState(transaction, conversation);
      await this.door.leave(transaction, conversation, question);
    });
    return {};
  }

  @Answers(listRoomsOfSession)
  async ofSession({
    sessionId,
  }: z.output<typeof listRoomsOfSession.question>): Promise<z.output<typeof listRoomsOfSession.answer>> {
    return { conversationKeys: await this.rooms.ofSession(sessionId) };
  }
}
