import { isCustomEventType } from '#contracts/event.js';

/** Whether an endpoint that asked for these types (none: all) gets an event of this type. */
export function wants(eventTypes: readonly string[], type: string): boolean {
  if (eventTypes.length === 0 || eventTypes.includes(type)) return true;
  return isCustomEventType(type) && eventTypes.includes('custom:*');
}
