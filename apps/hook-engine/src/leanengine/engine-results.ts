import { isBlocking, type BlockingHookName } from '#contracts/hooks/names.js';
import type { HookRequest, RequestOf } from '#contracts/hooks/requests.js';
import { pushPayloadOf } from '#contracts/leancloud/push-payload.js';
import { changesOf } from '#contracts/leancloud/attributes.js';
import { contentOfAnswer, leanCloudContentOf } from '#contracts/leancloud/content.js';

type Result = Readonly<Record<string, unknown>>;
/** A native answer, if it has the right form: that is for the hook's schema to say. */
type Answer = Readonly<Record<string, unknown>>;

type Translations = {
  readonly [Name in BlockingHookName]: (result: Result, request: RequestOf<Name>) => Answer;
};

const translations: Translations = {
  messageReceived: message,
  messageUpdate: message,
  receiversOffline: ({ skip, offlinePeers, pushMessage, force }) => {
    if (isTrue(skip)) return { action: 'skip' };
    return {
      ...(isGiven(offlinePeers) && { recipients: offlinePeers }),
      ...(isGiven(pushMessage) &&
        pushMessage !== '' && {
          push: typeof pushMessage === 'string' ? pushPayloadOf(pushMessage) : pushMessage,
        }),
      ...(isGiven(force) && { force: isTrue(force) }),
    };
  },
  conversationStart: gate,
  conversationAdd: gate,
  conversationRemove: gate,
  conversationUpdate: (result, { changes }) => {
    if (isTrue(result['reject'])) return refusal(result);
    const { attr, mute } = result;
    if (changes === undefined) return isGiven(mute) ? { muted: isTrue(mute) } : {};
    if (!isGiven(attr)) return {};
    const { name: _name, attributes: _attributes, ...notOfLeanCloud } = changes;
    const heard = changesOf(attr);
    return { changes: isObject(heard) ? { ...notOfLeanCloud, ...heard } : heard };
  },
};

/**
 * What the function of a hook returned, as an answer of our own. Null counts as absent; what decides by yes or no is
 * taken as JavaScript takes it.
 */
export function answerOf(result: Result, request: HookRequest): Answer {
  if (!isBlocking(request.hook)) return {};
  return (translations[request.hook] as (result: Result, request: HookRequest) => Answer)(result, request);
}

function message(result: Result, { event }: RequestOf<'messageReceived' | 'messageUpdate'>): Answer {
  if (isTrue(result['drop'])) return isGiven(result['code']) ? refusal(result) : { action: 'drop' };
  const { content, toPeers } = result;
  const recipients = isGiven(toPeers) && { recipients: toPeers };
  if (!isGiven(content)) return { ...recipients };
  if (typeof content !== 'string') return { ...recipients, content };
  const asked = leanCloudContentOf(event.content);
  const bin = isGiven(result['bin']) ? isTrue(result['bin']) : asked.bin;
  // What comes back as it went has not changed, whatever it would be read as.
  if (content === asked.content && bin === asked.bin) return { ...recipients };
  return {
    ...recipients,
    content: contentOfAnswer({ bin, content }, event.content, event.type !== 'message'),
  };
}

function gate(result: Result): Answer {
  return isTrue(result['reject']) ? refusal(result) : {};
}

/** What the client is told when a hook names no code that is an integer. */
const noCode = 0;
const longestDetail = 1_000;

function refusal({ code, detail }: Result): Answer {
  return { action: 'reject', code: integerOf(code) ?? noCode, detail: textOf(detail) };
}

function integerOf(code: unknown): number | undefined {
  const number = typeof code === 'string' && /^[+-]?\d+$/.test(code.trim()) ? Number(code) : code;
  return Number.isSafeInteger(number) ? (number as number) : undefined;
}

function textOf(detail: unknown): string {
  if (!isGiven(detail)) return '';
  const text = typeof detail === 'string' ? detail : JSON.stringify(detail);
  // Neither can be stored: a NUL, and half of a pair, which cutting may leave.
  return text.replaceAll('\u0000', '').slice(0, longestDetail).toWellFormed();
}

function isTrue(value: unknown): boolean {
  return Boolean(value);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function isObject(value: unknown): value is Result {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
