import type { Json as JsonValue, JsonObject } from '../conversations/merge-patch.js';

/** Fields of requests that tell nothing of what was said, nor by whom. */
const shown = new Set(
  [
    'id',
    'hook',
    'applicationId',
    'timestamp',
    'kind',
    'type',
    'seq',
    'recall',
    'ephemeral',
    'dialect',
  ].concat(['epoch', 'reconnect', 'closeCode', 'muted', 'mentionsEveryone']),
);
const opened = new Set(['conversation', 'event', 'session', 'origin']);
const actions = new Set<unknown>(['deliver', 'drop', 'reject', 'notify', 'skip', 'allow']);
const answerFields = new Set(
  ['action', 'code', 'detail', 'content', 'recipients'].concat(['push', 'force', 'changes', 'muted']),
);

/** What a hook was asked or told, with type and size instead of everything that users have said, or are. */
export function requestSummary(request: object): JsonObject {
  const fields = Object.entries(request as Readonly<Record<string, JsonValue | undefined>>);
  return Object.fromEntries(
    fields.flatMap(([name, value]): [string, JsonValue][] => {
      if (value === undefined) return [];
      // The name of a custom event is the sender's.
      if (name === 'type' && typeof value === 'string') return [[name, value.split(':', 1)[0] ?? '']];
      if (shown.has(name)) return [[name, value]];
      return [[name, opened.has(name) && isObject(value) ? requestSummary(value) : size(value)]];
    }),
  );
}

/** What a hook answered. As it may be anything, only fields with a meaning are named, and only numbers and actions shown. */
export function answerSummary(answer: JsonValue): JsonValue {
  if (!isObject(answer)) return size(answer);
  const known = Object.entries(answer).filter(([name]) => answerFields.has(name));
  const unknownFields = Object.keys(answer).length - known.length;
  const summary = known.map(([name, value]): [string, JsonValue] => {
    const isPlain = (name === 'action' && actions.has(value)) || (name === 'code' && Number.isInteger(value));
    return [name, isPlain ? value : size(value)];
  });
  return { ...Object.fromEntries(summary), ...(unknownFields > 0 && { unknownFields }) };
}

/** `bytes` of its JSON. */
function size(value: JsonValue): JsonObject {
  if (Array.isArray(value)) return { type: 'list', length: value.length };
  const bytes = new TextEncoder().encode(JSON.stringify(value)).length;
  return { type: value === null ? 'null' : typeof value, bytes };
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
