import { jsonValue, type JsonValue } from '../json-value.js';
import type { MessageContent, ShownContent } from '../message-content.js';

/** A message as LeanCloud has it: always a string, Base64 when it stands for bytes. */
export interface LeanCloudContent {
  readonly bin: boolean;
  readonly content: string;
}

/** LeanCloud's types of messages. */
const text = -1;
const recalled = -127;

/** @returns of what {@link contentOfMessage} made: the same string, byte by byte */
export function leanCloudContentOf(content: ShownContent): LeanCloudContent {
  switch (content.type) {
    case 'text':
      return { bin: false, content: typed(content.text) };
    case 'json':
      return {
        bin: false,
        content: typeof content.json === 'string' ? content.json : JSON.stringify(content.json),
      };
    case 'binary':
      return { bin: true, content: content.data };
    case 'recalled':
      return { bin: false, content: JSON.stringify({ _lctype: recalled }) };
  }
}

/**
 * What a client sent as its message. Only what would be written in exactly the same way is read: typed text as text, other
 * objects as json. Everything else is kept as the string that it is, json itself, so that what was sent comes back.
 */
export function contentOfMessage(message: string): MessageContent {
  const value = jsonValue.safeParse(parsed(message)).data;
  if (!isObject(value) || JSON.stringify(value) !== message) return { type: 'json', json: message };
  const said = typedText(value);
  return said !== undefined && typed(said) === message
    ? { type: 'text', text: said }
    : { type: 'json', json: value };
}

/**
 * What a hook made of a message. A typed text without further fields is text, another JSON object is json, and any other
 * string is text, or json where the message was such a string before.
 *
 * @param before what the hook was shown
 * @param isCustom of a custom event, which carries JSON and nothing else
 */
export function contentOfAnswer(
  { bin, content }: LeanCloudContent,
  before: ShownContent,
  isCustom: boolean,
): MessageContent {
  if (bin) return { type: 'binary', data: content };
  const wasString = before.type === 'json' && typeof before.json === 'string';
  const value = parsed(content);
  if (isObject(value)) {
    const said = isCustom ? undefined : typedText(value);
    return said === undefined ? { type: 'json', json: value } : { type: 'text', text: said };
  }
  if (wasString) return { type: 'json', json: content };
  return isCustom && value !== undefined ? { type: 'json', json: value } : { type: 'text', text: content };
}

function typed(said: string): string {
  return JSON.stringify({ _lctext: said, _lctype: text });
}

function typedText(value: Readonly<Record<string, JsonValue>>): string | undefined {
  const { _lctext: given, _lctype: type, ...others } = value;
  const isTyped = type === text && typeof given === 'string' && given !== '';
  return isTyped && Object.keys(others).length === 0 ? given : undefined;
}

function parsed(content: string): JsonValue | undefined {
  try {
    return JSON.parse(content) as JsonValue;
  } catch {
    return undefined;
  }
}

function isObject(value: JsonValue | undefined): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
