import { applicationOperations } from './application-operations.js';
import { blockOperations } from './block-operations.js';
import { broadcastOperations } from './broadcast-operations.js';
import { conversationOperations } from './conversation-operations.js';
import { ephemeralOperations } from './ephemeral-operations.js';
import { eventOperations } from './event-operations.js';
import { fileOperations } from './file-operations.js';
import { hookOperations } from './hook-operations.js';
import { hookServerOperations } from './hook-server-operations.js';
import { memberOperations } from './member-operations.js';
import { messageOperations } from './message-operations.js';
import { notificationOperations } from './notification-operations.js';
import { receiptOperations } from './receipt-operations.js';
import { unreadOperations } from './unread-operations.js';
import { presenceOperations } from './presence-operations.js';
import { sessionOperations } from './session-operations.js';
import { userOperations } from './user-operations.js';
import { webhookDeliveryOperations } from './webhook-delivery-operations.js';
import { webhookOperations } from './webhook-operations.js';
import { webhookReplayOperations } from './webhook-replay-operations.js';

/** Every operation of the native REST dialect, by its id. */
export const operations = {
  ...applicationOperations,
  ...userOperations,
  ...sessionOperations,
  ...presenceOperations,
  ...conversationOperations,
  ...memberOperations,
  ...blockOperations,
  ...eventOperations,
  ...broadcastOperations,
  ...receiptOperations,
  ...unreadOperations,
  ...messageOperations,
  ...fileOperations,
  ...ephemeralOperations,
  ...hookOperations,
  ...notificationOperations,
  ...hookServerOperations,
  ...webhookOperations,
  ...webhookDeliveryOperations,
  ...webhookReplayOperations,
} as const;
