import { describe, expect, test } from '@jest/globals';
import type { RequestOf } from '#contracts/hooks/requests.js';
import { engineAnswer, engineCall, engineErrorCode, engineFailure } from './engine-call.port.js';
import { hookHeaders, legacySign, masterHeaders, type EngineAccess } from './engine-headers.port.js';
import { engineHooksOf, hookFunctions } from './engine-hooks.port.js';

const access: EngineAccess = {
  applicationId: 'id',
  applicationKey: 'key',
  masterKey: 'master',
  hookKey: 'hook',
  legacySign: false,
};
const request: RequestOf<'conversationStart'> = {
  ...{ id: '0197', applicationId: 'cartoons', timestamp: 1, hook: 'conversationStart' },
  ...{
    conversation: { id: 'kitchen', kind: 'group' },
    origin: { address: '2001:db8::1', dialect: 'native' },
  },
  ...{ initiatorId: 'tom', name: null, members: ['tom'] },
};
const url = 'http://engine.example.com/1.1/functions/_conversationStart';

test('the headers of a call', () => {
  expect(engineCall(url, access, request, 1).headers).toEqual({
    'x-lc-id': 'id',
    'x-lc-key': 'key',
    'x-lc-hook-key': 'hook',
    forwarded: 'for="[2001:db8::1]"',
    'content-type': 'application/json',
    'user-agent': 'Hookline',
  });
  const bare = hookHeaders({ ...access, hookKey: null }, null);
  expect(Object.keys(bare).sort()).toEqual(['content-type', 'user-agent', 'x-lc-id', 'x-lc-key']);
  expect(hookHeaders(access, '10.1.2.3')).toMatchObject({ forwarded: 'for=10.1.2.3' });
  expect(masterHeaders(access)).toMatchObject({ 'x-lc-id': 'id', 'x-lc-key': 'master,master' });
});

test('the sign of long ago is a parameter, and only if it is wanted', () => {
  expect(JSON.parse(engineCall(url, access, request, 1).body)).toEqual({
    initBy: 'tom',
    members: ['tom'],
    attr: {},
  });
  const { body } = engineCall(url, { ...access, legacySign: true }, request, 1464591343092);
  expect(JSON.parse(body)).toMatchObject({
    __sign: legacySign('master', '_conversationStart', 1464591343092),
  });
});

test('the sign is that of the test suite of leanengine 3.8.0', () => {
  const masterKey = '3v7z633lzfec9qzx8sjql6zimvdpmtwypcchr2gelu5mrzb0';
  expect(legacySign(masterKey, '_messageReceived', 1464591343092)).toBe(
    '1464591343092,6ac315b96655d04e3a49d758f5a8ae55208c98f0',
  );
});

describe('what comes back', () => {
  const answer = (body: string, status = 200) => engineAnswer(status, Buffer.from(body), request);

  test.each([
    '{}',
    '{"result":null}',
    '{"result":"astring"}',
    '{"result":[1]}',
    '{"result":{}}',
    '{"reject":true,"initBy":"tom","members":["tom"]}',
    '[]',
    'null',
    '"result"',
  ])('no change: %s', (body) => {
    expect(answer(body)).toEqual({});
  });

  test('what the function returned', () => {
    expect(answer('{"result":{"reject":true,"code":1}}')).toEqual({ action: 'reject', code: 1, detail: '' });
  });

  test.each(['', '<html>', '{"result":'])('no JSON: %s', (body) => {
    expect(() => answer(body)).toThrow();
  });

  test('404 is no failure, whatever it says', () => {
    expect(engineFailure(404)).toBeNull();
    expect(answer('<html>', 404)).toEqual({});
  });

  test.each([
    [200, null],
    [401, 'unauthorized'],
    [204, 'status_204'],
    [400, 'status_400'],
    [422, 'status_422'],
    [500, 'status_500'],
    [503, 'status_503'],
  ])('%i: %s', (status, failure) => {
    expect(engineFailure(status)).toBe(failure);
  });

  test.each([
    ['{"code":1,"error":"boom"}', '1'],
    ['{"code":"ECONNREFUSED"}', 'ECONNREFUSED'],
    ['{"code":"what somebody wrote"}', undefined],
    ['{"code":{}}', undefined],
    ['<html>', undefined],
  ])('of an error, its code alone: %s', (body, code) => {
    expect(engineErrorCode(Buffer.from(body))).toBe(code);
  });
});

test('hooks among the functions of a server', () => {
  const listed = [
    'hello',
    '_messageReceived',
    '__before_save_for_X',
    '_rtmClientSign',
    1,
    '_receiverOffline',
  ];
  expect(hookFunctions(listed).sort()).toEqual(['_messageReceived', '_receiverOffline']);
  const server = '01940b5e-7d2c-7000-8000-000000000001';
  const called = (functions: string[]) =>
    engineHooksOf(server, 'http://x', functions).map((hook) => hook.url);
  expect(called(['_receiverOffline'])).toEqual(['http://x/1.1/functions/_receiverOffline']);
  expect(called(['_receiverOffline', '_receiversOffline'])).toEqual([
    'http://x/1.1/functions/_receiversOffline',
  ]);
});
