import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { eventTypeFilter } from '../event.js';
import { webhookSchema, webhookSchemaId } from './schema.js';

const schema = webhookSchema();
// As users have it: an unknown keyword or format would be thrown.
const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
ajv.addSchema(schema);

const id = 'd1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d';
const at = { timestamp: '2016-08-26T08:39:56.764Z', applicationId: 'cartoons' };
const inYard = { id, conversationId: 'yard', seq: 3, timestamp: 1_472_200_796_764, senderId: 'tom' };
const content = { type: 'text', text: 'Holy **!' };
const target = { targetId: id, targetSeq: 2 };
const members = [{ id, userId: 'jerry', role: 'member' }];

function payload(type: string, said: object): { readonly type: string; readonly data: object } {
  return { type, ...at, data: { ...inYard, type, ...said } };
}

const payloads = [
  payload('message', { content }),
  payload('message.updated', { ...target, content }),
  payload('message.recalled', target),
  ...['delivered', 'read'].map((what) => payload(`receipt.${what}`, target)),
  ...['invited', 'joined', 'updated', 'left'].map((what) => payload(`member.${what}`, { members })),
  payload('conversation.updated', { changes: { name: 'Yard' } }),
  payload('custom:order', { data: [1, null] }),
  {
    type: 'webhook.disabled',
    ...at,
    data: { webhookId: id, reason: 'gone', failingSince: null },
  },
  { type: 'webhook.test', ...at, data: { webhookId: id } },
];
const batch = { type: 'batch', ...at, data: { events: payloads } };
/** Of seed 002. */
const row = {
  fromIp: '121.238.214.92',
  conv: { __type: 'Pointer', className: '_Conversation', objectId: '55b99ad700b0387b8a3d7bf0' },
  msgId: 'nYH9iBSBS_uogCEgvZwE7Q',
  from: 'A',
  bin: false,
  data: 'Hello sys',
  createdAt: { __type: 'Date', iso: '2015-07-30T14:37:42.584Z' },
  updatedAt: { __type: 'Date', iso: '2015-07-30T14:37:42.584Z' },
};

/** As a receiver of 2020 has written it down, with what is known of its sender besides. */
const ofVonage = {
  ...{
    type: 'custom:my_custom_event',
    id: 13,
    body: { your: 'data' },
    timestamp: '2020-06-08T11:58:48.110Z',
  },
  ...{ conversation_id: 'CON-09ab', from: 'MEM-e6b4', application_id: 'cartoons' },
  _embedded: { from_user: { id: 'USR-1', name: 'tom', display_name: null }, from_member: { id: 'MEM-e6b4' } },
};

const isDescribed = (value: unknown): boolean => ajv.validate(webhookSchemaId, value);

describe('the JSON Schema of webhooks', () => {
  test('is one, and says so', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  test('has every type of event', () => {
    const types = payloads.map(({ type }) => type);
    for (const type of eventTypeFilter.options[0].options)
      if (type !== 'custom:*') expect(types).toContain(type);
  });

  test.each(payloads)('has $type, under a definition with a description', (body) => {
    expect(isDescribed(body)).toBe(true);
    const matching = schema.oneOf.filter(({ $ref }) => ajv.validate(`${webhookSchemaId}${$ref}`, body));
    expect(matching).toHaveLength(1);
    const definition = schema.$defs[matching[0]!.$ref.slice('#/$defs/'.length)];
    expect(definition).toMatchObject({ description: expect.any(String) });
  });

  test.each<[string, unknown]>([
    ['a batch', batch],
    ['a batch of one', { ...batch, data: { events: payloads.slice(0, 1) } }],
    ["LeanCloud's rows", [row, { ...row, noPersist: true }]],
    ["an event of Vonage's", ofVonage],
    [
      "one of Vonage's that is stored nowhere, and of no member",
      { ...ofVonage, id: undefined, from: undefined },
    ],
    ['an unknown address', [{ ...row, fromIp: null }]],
    ['what later versions add', { ...payloads[0], later: 1 }],
  ])('has %s', (_name, body) => {
    expect(isDescribed(body)).toBe(true);
  });

  test.each<[string, unknown]>([
    ['an unknown type', payload('message.liked', {})],
    ['a type that the event does not have', { ...payloads[0], type: 'message.updated' }],
    ['an edit without its message', payload('message.updated', { content })],
    ['an empty batch', { ...batch, data: { events: [] } }],
    ['a batch in a batch', { ...batch, data: { events: [batch] } }],
    ["an event of Vonage's without its conversation", { ...ofVonage, conversation_id: undefined }],
    ["an event of Vonage's without a body", { ...ofVonage, body: null }],
    ['no rows', []],
    ['a row without its service', [{ ...row, conv: undefined }]],
    ['a row alone', row],
    ['a time without a zone', { ...payloads[0], timestamp: '2016-08-26T08:39:56.764' }],
  ])('refuses %s', (_name, body) => {
    expect(isDescribed(body)).toBe(false);
  });
});
