import type { JsonValue } from '#contracts/json-value.js';
import { changesOf } from '#contracts/leancloud/attributes.js';
import { leanCloudCodes } from '#contracts/leancloud/codes.js';
import { LeanCloudError } from '../leancloud-error.js';
import { ownColumns } from './where.js';

type Columns = Readonly<Record<string, JsonValue>>;

/** What somebody writes of a conversation, as a row of `_Conversation`. */
export interface ConversationWrite {
  /** Null takes it away. */
  readonly name?: string | null;
  /** A merge patch. */
  readonly attributes?: Record<string, JsonValue>;
  readonly members: readonly MembersWrite[];
  /** What only a new conversation is given. */
  readonly kind: 'group' | 'room' | 'system';
  readonly unique: boolean;
  readonly creatorId: string | null;
}

export interface MembersWrite {
  readonly is: 'set' | 'add' | 'remove';
  readonly userIds: readonly string[];
}

/** Columns that are given to a new conversation and stay. */
const given = ['sys', 'tr', 'unique', 'c'];
/** Columns that nobody writes. Access is by keys: lists of it (`ACL`) have no effect. */
const derived = ['objectId', 'createdAt', 'updatedAt', 'uniqueId', 'lm', 'mu'];

/**
 * What the columns of a new conversation mean.
 *
 * @throws LeanCloudError 1, 111, 119
 */
export function newConversationOf(columns: Columns): ConversationWrite {
  const { sys, tr, unique, c: creator } = columns;
  for (const name of ['sys', 'tr', 'unique']) requireBoolean(name, columns[name]);
  if (sys === true && tr === true) throw invalid('sys and tr: it cannot be both');
  const write = writeOf(columns);
  return {
    ...write,
    ...(write.attributes && { attributes: withoutNulls(write.attributes) }),
    kind: sys === true ? 'system' : tr === true ? 'room' : 'group',
    unique: unique === true,
    creatorId: isGiven(creator) ? text('c', creator) : null,
  };
}

/**
 * What the columns of an existing one mean.
 *
 * @throws LeanCloudError 1, 111, 119
 */
export function conversationChangeOf(columns: Columns): ConversationWrite {
  for (const name of given) {
    if (name in columns) throw forbidden(`${name}: is given to a new conversation, and stays`);
  }
  return { ...writeOf(columns), kind: 'group', unique: false, creatorId: null };
}

function writeOf(columns: Columns): Pick<ConversationWrite, 'name' | 'attributes' | 'members'> {
  for (const name of derived) {
    if (name in columns) throw forbidden(`${name}: nobody writes it`);
  }
  const { name, m: members } = columns;
  const others = Object.entries(columns).filter(([column]) => column === 'attr' || !ownColumns.has(column));
  for (const [column, value] of others) {
    refuseOperations(column, value);
    if (column === 'attr' && isObject(value))
      for (const [key, part] of Object.entries(value)) refuseOperations(`attr.${key}`, part);
    // Without an object there, every attribute would be meant.
    else if (column === 'attr') throw invalid('attr: must be an object');
  }
  const { attributes } = changesOf(Object.fromEntries(others)) as Pick<ConversationWrite, 'attributes'>;
  return {
    ...(name !== undefined && { name: nameOf(name) }),
    ...(attributes !== undefined && { attributes }),
    members: isGiven(members) ? [membersOf(members)] : [],
  };
}

function nameOf(value: JsonValue): string | null {
  if (value === null || operationOf(value) === 'Delete') return null;
  return text('name', value);
}

const memberOperations: Readonly<Record<string, MembersWrite['is']>> = {
  Add: 'add',
  AddUnique: 'add',
  Remove: 'remove',
};

function membersOf(value: JsonValue): MembersWrite {
  if (Array.isArray(value)) return { is: 'set', userIds: texts(value) };
  const operation = operationOf(value);
  if (operation === null || !isObject(value)) throw invalid('m: must be a list of clients');
  const is = Object.hasOwn(memberOperations, operation) ? memberOperations[operation] : undefined;
  if (is === undefined) throw unsupported(`m: ${operation}`);
  return { is, userIds: texts(value['objects'] ?? null) };
}

function texts(value: JsonValue): readonly string[] {
  if (!Array.isArray(value)) throw invalid('m: must be a list of clients');
  return value.map((one) => text('m', one));
}

function text(name: string, value: JsonValue): string {
  if (typeof value !== 'string') throw invalid(`${name}: must be a text`);
  return value;
}

function requireBoolean(name: string, value: JsonValue | undefined): void {
  if (isGiven(value) && typeof value !== 'boolean') throw invalid(`${name}: must be true or false`);
}

function refuseOperations(column: string, value: JsonValue): void {
  const operation = operationOf(value);
  if (operation !== null && operation !== 'Delete') throw unsupported(`${column}: ${operation}`);
}

function operationOf(value: JsonValue): string | null {
  const operation = isObject(value) ? value['__op'] : undefined;
  return typeof operation === 'string' ? operation : null;
}

function withoutNulls(attributes: Record<string, JsonValue>): Record<string, JsonValue> {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== null));
}

function isGiven(value: JsonValue | undefined): value is Exclude<JsonValue, null> {
  return value !== undefined && value !== null;
}

function isObject(value: JsonValue): value is Record<string, JsonValue> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(detail: string): LeanCloudError {
  return new LeanCloudError(400, leanCloudCodes.internal, detail);
}

function unsupported(detail: string): LeanCloudError {
  return new LeanCloudError(400, leanCloudCodes.unsupportedOperation, `${detail} is not served`);
}

function forbidden(detail: string): LeanCloudError {
  return new LeanCloudError(403, leanCloudCodes.operationForbidden, detail);
}
