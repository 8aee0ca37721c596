import { expect, test } from '@jest/globals';
import { leanCloudCodes } from './codes.js';
import { leanCloudLimits } from './limits.js';
import {
  conversationPointer,
  leanCloudDate,
  serviceMessageColumns,
  serviceWebhookRow,
  serviceWebhookRowOf,
  type ServiceMessage,
} from './rows.js';

const message: ServiceMessage = {
  conversationId: '55b99ad700b0387b8a3d7bf0',
  eventId: '9d81fd88-1481-4bfb-a880-2120bd9c04ed',
  senderId: 'A',
  content: { type: 'json', json: 'Hello sys' },
  timestamp: Date.parse('2015-07-30T14:37:42.584Z'),
};

test('a row is as seed 002 shows it', () => {
  const row = serviceWebhookRowOf(message, { address: '121.238.214.92', isTransient: false });
  expect(serviceWebhookRow.parse(row)).toEqual(row);
  expect(row).toEqual({
    fromIp: '121.238.214.92',
    conv: { __type: 'Pointer', className: '_Conversation', objectId: '55b99ad700b0387b8a3d7bf0' },
    msgId: 'nYH9iBSBS_uogCEgvZwE7Q',
    from: 'A',
    bin: false,
    data: 'Hello sys',
    createdAt: { __type: 'Date', iso: '2015-07-30T14:37:42.584Z' },
    updatedAt: { __type: 'Date', iso: '2015-07-30T14:37:42.584Z' },
  });
});

test('its columns, of which `_SysMessage` is made as well', () => {
  expect(serviceMessageColumns(message)).toEqual({
    ...{ msgId: 'nYH9iBSBS_uogCEgvZwE7Q', from: 'A', bin: false, data: 'Hello sys' },
    conv: conversationPointer('55b99ad700b0387b8a3d7bf0'),
  });
  expect(leanCloudDate(0)).toEqual({ __type: 'Date', iso: '1970-01-01T00:00:00.000Z' });
});

test('of bytes, transient, from nowhere', () => {
  const bytes = { ...message, content: { type: 'binary', data: 'AQID' } as const };
  const row = serviceWebhookRowOf(bytes, { address: null, isTransient: true });
  expect(serviceWebhookRow.parse(row)).toEqual(row);
  expect(row).toMatchObject({ fromIp: null, bin: true, data: 'AQID', noPersist: true });
});

test('no code stands for two things, and no limit is above ours', () => {
  const codes = Object.values(leanCloudCodes);
  expect(new Set(codes).size).toBe(codes.length);
  expect(leanCloudLimits).toMatchObject({ messageBytes: 5_120, clientIdLength: 64, historyPerPage: 1_000 });
});
