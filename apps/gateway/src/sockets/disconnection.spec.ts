import { describe, expect, test } from '@jest/globals';
import type { DisconnectReason } from 'socket.io';
import type { ConnectionError } from '#domain/sessions/close-code.js';
import { disconnectionOf } from './disconnection.port.js';

const tooLong = new Error('RangeError: Max payload size exceeded');
const noFrame = new Error('RangeError: Invalid WebSocket frame: RSV1 must be clear');

const lost: [DisconnectReason, unknown, boolean, ConnectionError | null][] = [
  ['transport close', undefined, false, null],
  ['transport error', new Error('Error: read ECONNRESET'), false, null],
  ['transport error', tooLong, false, 'FRAME_TOO_LONG'],
  ['transport error', noFrame, false, 'UNPARSEABLE_RAW_MSG'],
  ['parse error', undefined, false, 'UNPARSEABLE_RAW_MSG'],
  ['forced close', undefined, true, 'UNPARSEABLE_RAW_MSG'],
  ['forced close', undefined, false, null],
  ['ping timeout', undefined, false, 'READ_TIMEOUT'],
  ['server namespace disconnect', undefined, false, 'INTERNAL_ERROR'],
  ['forced server close', undefined, false, 'INTERNAL_ERROR'],
  ['server shutting down', undefined, false, null],
];

describe('a disconnection', () => {
  test('by the client is its own word', () => {
    const circumstances = { description: undefined, isMalformed: false };
    expect(disconnectionOf('client namespace disconnect', circumstances)).toEqual({ reason: 'closed' });
  });

  test.each(lost)('by %s (%s, malformed: %s) is a loss: %s', (reason, description, isMalformed, error) => {
    expect(disconnectionOf(reason, { description, isMalformed })).toEqual({ reason: 'lost', error });
  });
});
