import { describe, expect, test } from '@jest/globals';
import { errorCatalogue, HooklineError, type ErrorCode } from '#contracts/errors.js';
import { leanCloudErrorOf, type ErrorContext } from './leancloud-errors.port.js';

const of = (code: ErrorCode, context?: ErrorContext): [number, number] => {
  const { status, code: number } = leanCloudErrorOf(new HooklineError(code), context);
  return [status, number];
};

describe('errors', () => {
  test.each(Object.keys(errorCatalogue) as ErrorCode[])('%s has a code', (code) => {
    const error = leanCloudErrorOf(new HooklineError(code));
    expect(error.status).toBeGreaterThanOrEqual(400);
    expect(error.toBody()).toEqual({ code: error.code, error: error.message });
    expect(Number.isInteger(error.code)).toBe(true);
    // Whoever may try again is told when.
    const isRetryable = errorCatalogue[code].retryable && error.status !== 500;
    expect(error.details.retryAfter !== undefined).toBe(isRetryable);
  });

  test.each<[ErrorCode, ErrorContext, [number, number]]>([
    ['conversation_not_found', { area: 'sending', collection: 'conversations' }, [404, 4401]],
    ['conversation_not_found', { area: 'changing', collection: 'conversations' }, [404, 4303]],
    ['conversation_not_found', { area: 'conversations', collection: 'chatrooms' }, [404, 4303]],
    ['conversation_not_found', { area: 'classes', collection: null }, [404, 101]],
    ['rejected_by_hook', { area: 'sending', collection: 'conversations' }, [400, 4402]],
    ['rejected_by_hook', { area: 'changing', collection: 'conversations' }, [400, 4405]],
    ['rejected_by_hook', { area: 'conversations', collection: 'conversations' }, [400, 4305]],
    ['wrong_conversation_kind', { area: 'conversations', collection: 'conversations' }, [400, 4314]],
    ['wrong_conversation_kind', { area: 'sending', collection: 'chatrooms' }, [400, 4316]],
    ['wrong_conversation_kind', { area: 'sending', collection: 'service-conversations' }, [400, 4313]],
  ])('%s of %j', (code, context, expected) => {
    expect(of(code, context)).toEqual(expected);
  });

  test.each<[ErrorCode, [number, number]]>([
    ['unauthenticated', [401, 401]],
    ['forbidden', [403, 403]],
    ['event_not_found', [404, 4404]],
    ['message_recalled', [404, 4404]],
    ['not_the_sender', [403, 4403]],
    ['member_silenced', [403, 4315]],
    ['user_blocked', [403, 4544]],
    ['conversation_inactive', [400, 4307]],
    ['too_many_members', [400, 4304]],
    ['user_deleted', [400, 4103]],
    ['rate_limited', [429, 429]],
    ['body_too_large', [413, 1]],
    ['hook_failed', [502, 4200]],
    ['timeout', [504, 4200]],
  ])('%s', (code, expected) => {
    expect(of(code)).toEqual(expected);
  });

  test('what a hook said', () => {
    const hook = { code: 1234, detail: 'No casinos' };
    const error = leanCloudErrorOf(new HooklineError('rejected_by_hook', hook.detail, { hook }), {
      area: 'sending',
      collection: 'conversations',
    });
    expect(error.toBody()).toEqual({ code: 4402, error: 'No casinos', appCode: 1234, appMsg: 'No casinos' });
  });
});
