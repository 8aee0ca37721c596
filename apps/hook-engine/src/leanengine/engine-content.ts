import type { JsonValue } from '#contracts/json-value.js';
import type { MessageContent, ShownContent } from '#contracts/message-content.js';

/** A message as LeanCloud's hooks see it: always a string, Base64 when it stands for bytes. */
export interface EngineContent {
  readonly bin: boolean;
  readonly content: string;
}

/** LeanCloud's types of messages. */
const text = -1;
const recalled = -127;

export function engineContentOf(content: ShownContent): EngineContent {
  switch (content.type) {
    case 'text':
      return { bin: false, content: JSON.stringify({ _lctext: content.text, _lctype: text }) };
    case 'json':
      return { bin: false, content: JSON.stringify(content.json) };
    case 'binary':
      return { bin: true, content: content.data };
    case 'recalled':
      return { bin: false, content: JSON.stringify({ _lctype: recalled }) };
  }
}

/**
 * What a hook made of a message. A typed text without further fields is text, another JSON object is json, and any other
 * string is text.
 *
 * @param isCustom of a custom event, which carries JSON and nothing else
 */
export function contentOf({ bin, content }: EngineContent, isCustom: boolean): MessageContent {
  if (bin) return { type: 'binary', data: content };
  const value = parsed(content);
  if (value === undefined) return { type: 'text', text: content };
  if (isCustom) return { type: 'json', json: value };
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { type: 'text', text: content };
  const typed = typedText(value);
  return typed === undefined ? { type: 'json', json: value } : { type: 'text', text: typed };
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
