import { describe, expect, test } from '@jest/globals';
import { hookAnswers } from '#contracts/hooks/answers.js';
import { hookRequests, type HookRequest, type RequestOf } from '#contracts/hooks/requests.js';
import { leanCloudContentOf } from '#contracts/leancloud/content.js';
import { messageIdOf } from '#contracts/leancloud/message-id.js';
import type { MessageContent } from '#contracts/message-content.js';
import { clientAddressOf, engineParametersOf } from './engine-parameters.js';
import { answerOf } from './engine-results.js';

const eventId = '01940b5e-7d2c-7000-8000-000000000001';
const call = { id: '0197', applicationId: 'cartoons', timestamp: 1472200796764 };
const conversation = { id: 'kitchen', kind: 'group' } as const;
const operation = { ...call, conversation, origin: { address: '2001:db8::1', dialect: 'native' } };
const text = (value: string) => ({ type: 'text', text: value }) as const;
const event = { id: eventId, conversationId: 'kitchen', seq: 2, timestamp: 1, senderId: 'tom' };
const session = { id: eventId, epoch: 1, dialect: 'native', tag: null, address: '10.1.2.3' };

const received = (content: MessageContent, type = 'message'): RequestOf<'messageReceived'> => ({
  ...operation,
  hook: 'messageReceived',
  event: { type: type as 'message', senderId: 'tom', content },
  recipients: ['jerry'],
});
const update: RequestOf<'conversationUpdate'> = {
  ...operation,
  hook: 'conversationUpdate',
  initiatorId: 'tom',
  changes: { name: 'Kitchen', attributes: { floor: 1 }, joinRule: 'open' },
};
const mute: RequestOf<'conversationUpdate'> = {
  ...operation,
  hook: 'conversationUpdate',
  initiatorId: 'tom',
  muted: true,
};
const offline: RequestOf<'receiversOffline'> = {
  ...operation,
  hook: 'receiversOffline',
  event: { ...event, type: 'message', content: { type: 'binary', data: 'AQID' } },
  offlineRecipients: ['jerry', 'spike'],
  mentionsEveryone: false,
  mentionedOffline: ['spike'],
};

describe('the parameters of every hook', () => {
  const sender = { sourceIP: '2001:db8::1', timestamp: 1472200796764 };
  const cases: [string, HookRequest, object][] = [
    [
      'binary and ephemeral, in a system conversation',
      {
        ...received({ type: 'binary', data: 'AQID' }),
        conversation: { id: 'news', kind: 'system' },
        event: {
          type: 'message',
          senderId: 'tom',
          content: { type: 'binary', data: 'AQID' },
          ephemeral: true,
        },
      },
      {
        ...{ fromPeer: 'tom', convId: 'news', toPeers: ['jerry'], bin: true, content: 'AQID', ...sender },
        ...{ transient: true, receipt: false, groupId: null, system: true },
      },
    ],
    [
      'a custom event, sent by nobody’s address',
      {
        ...received({ type: 'json', json: { a: [1] } }, 'custom:wave'),
        origin: { address: null, dialect: 'native' },
      },
      {
        ...{ fromPeer: 'tom', convId: 'kitchen', toPeers: ['jerry'], bin: false, content: '{"a":[1]}' },
        ...{ transient: false, receipt: false, groupId: null, system: null, timestamp: sender.timestamp },
      },
    ],
    [
      'an edit',
      {
        ...operation,
        hook: 'messageUpdate',
        initiatorId: 'tom',
        event: { id: eventId, seq: 2, type: 'message', senderId: 'tom', content: text('Hello') },
        recall: false,
        recipients: ['jerry'],
      },
      {
        ...{
          fromPeer: 'tom',
          convId: 'kitchen',
          toPeers: ['jerry'],
          msgId: messageIdOf(eventId),
          recall: false,
          ...sender,
        },
        ...{ bin: false, content: '{"_lctext":"Hello","_lctype":-1}', system: null },
      },
    ],
    [
      'a recall',
      {
        ...operation,
        hook: 'messageUpdate',
        initiatorId: 'tom',
        event: { id: eventId, seq: 2, type: 'message', senderId: 'tom', content: { type: 'recalled' } },
        recall: true,
        recipients: ['jerry'],
      },
      {
        ...{
          fromPeer: 'tom',
          convId: 'kitchen',
          toPeers: ['jerry'],
          msgId: messageIdOf(eventId),
          recall: true,
          ...sender,
        },
        ...{ bin: false, content: '{"_lctype":-127}', system: null },
      },
    ],
    [
      'receivers who are away',
      offline,
      {
        ...{ fromPeer: 'tom', convId: 'kitchen', offlinePeers: ['jerry', 'spike'], content: 'AQID' },
        ...{ timestamp: sender.timestamp, mentionAll: false, mentionOfflinePeers: ['spike'] },
      },
    ],
    [
      'a stored custom event',
      {
        ...operation,
        hook: 'messageSent',
        event: { ...event, type: 'custom:wave', data: { a: 1 } },
        onlineRecipients: ['jerry'],
        offlineRecipients: [],
      },
      {
        ...{
          fromPeer: 'tom',
          convId: 'kitchen',
          msgId: messageIdOf(eventId),
          onlinePeers: ['jerry'],
          offlinePeers: [],
        },
        ...{ bin: false, content: '{"a":1}', transient: false, receipt: false, ...sender },
      },
    ],
    [
      'a conversation with attributes, by a server',
      {
        ...operation,
        hook: 'conversationStart',
        conversation: { ...conversation, attributes: { floor: 1 } },
        initiatorId: null,
        name: null,
        members: ['tom'],
      },
      { initBy: null, members: ['tom'], attr: { attr: { floor: 1 } } },
    ],
    [
      'a conversation that was made',
      { ...call, conversation, hook: 'conversationStarted', initiatorId: 'tom' },
      { convId: 'kitchen' },
    ],
    ...(['conversationAdd', 'conversationAdded', 'conversationRemove', 'conversationRemoved'] as const).map(
      (hook): [string, HookRequest, object] => [
        hook,
        { ...operation, hook, initiatorId: 'tom', members: ['tom'] },
        { initBy: 'tom', members: ['tom'], convId: 'kitchen' },
      ],
    ),
    [
      'what is to be set',
      update,
      { initBy: 'tom', convId: 'kitchen', attr: { name: 'Kitchen', 'attr.floor': 1 } },
    ],
    ['what is to be muted', mute, { initBy: 'tom', convId: 'kitchen', mute: true }],
    [
      'who came',
      { ...call, hook: 'clientOnline', userId: 'tom', session, reconnect: true },
      { peerId: 'tom', sourceIP: '10.1.2.3', tag: 'default', reconnect: 1 },
    ],
    [
      'who was lost',
      {
        ...{
          ...call,
          hook: 'clientOffline',
          userId: 'tom',
          session: { ...session, tag: 'phone' },
          closeCode: 2,
        },
        ...{ closeMessage: 'connection lost', errorCode: 4107, errorMessage: 'READ_TIMEOUT' },
      },
      {
        ...{ peerId: 'tom', closeCode: 2, closeMsg: 'connection lost', tag: 'phone' },
        ...{ errorCode: 4107, errorMsg: 'READ_TIMEOUT' },
      },
    ],
    [
      'who went',
      { ...call, hook: 'clientOffline', userId: 'tom', session, closeCode: 1, closeMessage: 'logged out' },
      { peerId: 'tom', closeCode: 1, closeMsg: 'logged out', sourceIP: '10.1.2.3', tag: 'default' },
    ],
  ];

  test.each(cases)('%s', (_title, request, parameters) => {
    expect(hookRequests[request.hook].safeParse(request).error).toBeUndefined();
    expect(engineParametersOf(request)).toStrictEqual(parameters);
  });

  test('and whose address they come from', () => {
    expect(clientAddressOf(update)).toBe('2001:db8::1');
    expect(clientAddressOf({ ...call, hook: 'clientOnline', userId: 'tom', session, reconnect: false })).toBe(
      '10.1.2.3',
    );
  });
});

describe('content', () => {
  test.each<MessageContent>([
    { type: 'json', json: [1] },
    { type: 'json', json: { _lctype: -1, _lctext: 'x' } },
  ])('what comes back as it went has not changed: %j', (content) => {
    const { content: same } = leanCloudContentOf(content);
    expect(answerOf({ content: same }, received(content))).toEqual({});
  });
});

describe('what hooks return', () => {
  const message = received(text('Hello'));
  const rejects = (code: number, detail: string) => ({ action: 'reject', code, detail });

  test.each<[HookRequest, Record<string, unknown>, object]>([
    [message, { drop: false, code: 1 }, {}],
    [message, { drop: null }, {}],
    [message, { drop: true }, { action: 'drop' }],
    [message, { drop: true, code: null, detail: 'x' }, { action: 'drop' }],
    [message, { drop: true, code: 0 }, rejects(0, '')],
    [message, { drop: true, code: ' 42 ', detail: 7 }, rejects(42, '7')],
    [message, { drop: true, code: 1.5, detail: null }, rejects(0, '')],
    [message, { drop: true, code: 'EPIPE', detail: ['a'] }, rejects(0, '["a"]')],
    [
      message,
      { drop: true, code: 1, detail: `\u0000${'x'.repeat(999)}\u{1f600}` },
      rejects(1, `${'x'.repeat(999)}\ufffd`),
    ],
    [message, { content: 'Hi', toPeers: null, bin: null }, { content: text('Hi') }],
    [
      message,
      { content: 'AQID', bin: true, toPeers: ['spike'] },
      { content: { type: 'binary', data: 'AQID' }, recipients: ['spike'] },
    ],
    [message, { bin: true }, {}],
    [message, { content: '{"_lctext":"Hello","_lctype":-1}', toPeers: [] }, { recipients: [] }],
    [
      received({ type: 'binary', data: 'AQID' }),
      { content: 'BAUG' },
      { content: { type: 'binary', data: 'BAUG' } },
    ],
    [received({ type: 'binary', data: 'AQID' }), { content: 'text', bin: false }, { content: text('text') }],
    [offline, { skip: 1, pushMessage: 'x' }, { action: 'skip' }],
    [offline, { offlinePeers: ['spike'], force: 1 }, { recipients: ['spike'], force: true }],
    [
      offline,
      { pushMessage: 'You have mail', force: false },
      { push: { alert: 'You have mail' }, force: false },
    ],
    [offline, { pushMessage: '[1]' }, { push: { alert: '[1]' } }],
    [offline, { pushMessage: { alert: 'x' } }, { push: { alert: 'x' } }],
    [offline, { pushMessage: '', skip: false }, {}],
    [update, { reject: 1 }, rejects(0, '')],
    [update, { mute: true }, {}],
    [update, { attr: { name: 'Attic' } }, { changes: { name: 'Attic', joinRule: 'open' } }],
    [
      update,
      { attr: { 'attr.floor': 2, 'attr.a.b': null, internal: true, attr: { c: { __op: 'Delete' } } } },
      {
        changes: {
          joinRule: 'open',
          attributes: { floor: 2, a: { b: null }, internal: true, c: null },
        },
      },
    ],
    [mute, { mute: 0, attr: { name: 'Attic' } }, { muted: false }],
    [mute, { attr: { name: 'Attic' } }, {}],
  ])('%# %j', (request, result, expected) => {
    const answer = answerOf(result, request);
    expect(answer).toEqual(expected);
    expect(hookAnswers[request.hook as 'messageReceived'].safeParse(answer).error).toBeUndefined();
  });

  test.each<[HookRequest, Record<string, unknown>]>([
    [message, { content: { text: 'x' } }],
    [message, { content: '' }],
    [message, { toPeers: 'jerry' }],
    [message, { toPeers: [1] }],
    [message, { bin: true, content: '?' }],
    [offline, { offlinePeers: {} }],
    [update, { attr: 'name' }],
    [update, { attr: { name: 1 } }],
  ])('%# what cannot be done is for nobody to take for right: %j', (request, result) => {
    const schema = hookAnswers[request.hook as 'messageReceived'];
    expect(schema.safeParse(answerOf(result, request)).success).toBe(false);
  });
});
