import { conversationOperations } from './conversation-operations.js';
import { managementOperations } from './management-operations.js';

/** Every operation of the native REST dialect, by its id. */
export const operations = { ...managementOperations, ...conversationOperations } as const;
