import type { MessageEvent } from '#contracts/event.js';
import { leanCloudContentOf } from '#contracts/leancloud/content.js';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import type { Row } from './where.js';

/** A message as LeanCloud's histories show it. Nobody knows when it arrived, or from which address: neither is kept. */
export function messageRowOf(event: MessageEvent, isRoom: boolean): Row {
  const { bin, content: data } = leanCloudContentOf(event.content);
  return {
    timestamp: event.timestamp,
    'conv-id': event.conversationId,
    data,
    from: event.senderId,
    'msg-id': messageIdOf(event.id),
    'is-conv': true,
    'is-room': isRoom,
    to: event.conversationId,
    bin,
  };
}
