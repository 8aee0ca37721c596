import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { HookRequest, RequestOf } from '#contracts/hooks/requests.js';
import { hookRequests } from '#contracts/hooks/requests.js';
import { hookDefinition, hookSchema, hookSchemaId } from '#contracts/hooks/schema.js';
import { engineParametersOf } from './engine-parameters.js';
import { answerOf } from './engine-results.js';

/*
 * Every example of seed 002, as it stands there: what a hook gets, and what the samples return.
 */

const conversation = { id: '5789a33a1b8694ad267d8040', kind: 'group' } as const;
const call = { id: '0197', applicationId: 'cartoons', timestamp: 1472200796764 };
const origin = (address: string) => ({ address, dialect: 'native' });
const text = (value: string) => ({ type: 'text', text: value }) as const;

const messageReceived: RequestOf<'messageReceived'> = {
  ...call,
  hook: 'messageReceived',
  conversation,
  origin: origin('121.239.62.103'),
  event: { type: 'message', senderId: 'Tom', content: text('Holy crap!') },
  recipients: ['Jerry'],
};
const messageSent: RequestOf<'messageSent'> = {
  ...call,
  timestamp: 1472703266522,
  hook: 'messageSent',
  conversation,
  origin: origin('114.219.127.186'),
  event: {
    id: '7e9b4a9e-e618-40c1-9d89-2b7f66cef30c',
    conversationId: conversation.id,
    seq: 1,
    timestamp: 1472703266522,
    type: 'message',
    senderId: 'Tom',
    content: { type: 'json', json: 12345678 },
  },
  onlineRecipients: [],
  offlineRecipients: ['Jerry'],
};
const conversationStart: RequestOf<'conversationStart'> = {
  ...call,
  hook: 'conversationStart',
  conversation,
  origin: origin('127.0.0.1'),
  initiatorId: 'Tom',
  name: 'Tom & Jerry',
  members: ['Tom', 'Jerry'],
};
const conversationAdd: RequestOf<'conversationAdd'> = {
  ...call,
  hook: 'conversationAdd',
  conversation,
  origin: origin('127.0.0.1'),
  initiatorId: 'Tom',
  members: ['Spike'],
};
const conversationRemove: RequestOf<'conversationRemove'> = {
  ...conversationAdd,
  hook: 'conversationRemove',
};
const conversationUpdate: RequestOf<'conversationUpdate'> = {
  ...call,
  hook: 'conversationUpdate',
  conversation,
  origin: origin('127.0.0.1'),
  initiatorId: 'Tom',
  changes: { name: 'Tom and Jerry' },
};
const receiversOffline: RequestOf<'receiversOffline'> = {
  ...messageReceived,
  hook: 'receiversOffline',
  event: {
    ...messageSent.event,
    type: 'message',
    senderId: 'Tom',
    content: text('Holy crap!'),
  },
  offlineRecipients: ['Jerry'],
  mentionsEveryone: false,
  mentionedOffline: [],
};

const ajv = new Ajv2020();
addFormats.default(ajv);
ajv.addSchema(hookSchema());

/** By the published schema. */
function expectDescribed({ hook }: HookRequest, part: 'Request' | 'Answer', value: object): void {
  ajv.validate(`${hookSchemaId}#/$defs/${hookDefinition(hook, part)}`, value);
  expect(ajv.errors).toBeNull();
}

describe('what hooks get: the example arguments', () => {
  test.each<[HookRequest, string]>([
    [
      messageReceived,
      `{
"fromPeer": "Tom",
"receipt": false,
"groupId": null,
"system": null,
"content": "{\\"_lctext\\":\\"Holy crap!\\",\\"_lctype\\":-1}",
"convId": "5789a33a1b8694ad267d8040",
"toPeers": ["Jerry"],
"bin": false,
"transient": false,
"sourceIP": "121.239.62.103",
"timestamp": 1472200796764
}`,
    ],
    [
      messageSent,
      `{
"fromPeer": "Tom",
"receipt": false,
"onlinePeers": [],
"content": "12345678",
"convId": "5789a33a1b8694ad267d8040",
"msgId": "fptKnuYYQMGdiSt_Zs7zDA",
"bin": false,
"transient": false,
"sourceIP": "114.219.127.186",
"offlinePeers": ["Jerry"],
"timestamp": 1472703266522
}`,
    ],
    [
      conversationStart,
      `{
"initBy": "Tom",
"members": ["Tom", "Jerry"],
"attr": {
"name": "Tom & Jerry"
}
}`,
    ],
  ])('%#', (request, example) => {
    expect(() => hookRequests[request.hook].parse(request)).not.toThrow();
    expectDescribed(request, 'Request', request);
    expect(engineParametersOf(request)).toEqual(JSON.parse(example));
  });
});

describe('what hooks return: the samples', () => {
  test.each<[string, HookRequest, Record<string, unknown>, object]>([
    [
      'a rewritten text',
      messageReceived,
      { content: '{"_lctext":"Holy **!","_lctype":-1}' },
      { content: text('Holy **!') },
    ],
    [
      'a rewritten text, as Python writes JSON',
      messageReceived,
      { content: '{"_lctext": "Holy **!", "_lctype": -1}' },
      { content: text('Holy **!') },
    ],
    [
      'a push message',
      receiversOffline,
      {
        pushMessage: JSON.stringify({
          badge: 'Increment',
          sound: 'default',
          _profile: 'dev',
          alert: 'Holy c',
        }),
      },
      { push: { badge: 'Increment', sound: 'default', _profile: 'dev', alert: 'Holy c' } },
    ],
    [
      'too few members',
      conversationStart,
      { reject: true, code: 1234, detail: 'Please invite at least 3 people to the conversation' },
      { action: 'reject', code: 1234, detail: 'Please invite at least 3 people to the conversation' },
    ],
    [
      'a private conversation',
      conversationAdd,
      {
        reject: true,
        code: 9890,
        detail: 'This is a private conversation. You cannot add anyone else to it.',
      },
      {
        action: 'reject',
        code: 9890,
        detail: 'This is a private conversation. You cannot add anyone else to it.',
      },
    ],
    [
      'a supporter',
      conversationRemove,
      { reject: true, code: 1928, detail: 'You cannot remove the staff member Bast' },
      { action: 'reject', code: 1928, detail: 'You cannot remove the staff member Bast' },
    ],
    [
      'a name',
      conversationUpdate,
      { reject: true, code: 1949, detail: 'The name of the conversation cannot be updated.' },
      { action: 'reject', code: 1949, detail: 'The name of the conversation cannot be updated.' },
    ],
    ['nothing', conversationUpdate, {}, {}],
    ['nothing of what is only told', messageSent, { drop: true }, {}],
  ])('%s', (_title, request, result, answer) => {
    expect(answerOf(result, request)).toEqual(answer);
    expectDescribed(request, 'Request', request);
    expectDescribed(request, 'Answer', answer);
  });
});
