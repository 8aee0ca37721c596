import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { hookName, type HookName } from './names.js';
import { hookDefinition, hookSchema, hookSchemaId } from './schema.js';

const schema = hookSchema();
// As users have it: an unknown keyword or format would be thrown.
const ajv = new Ajv2020({ strict: true });
addFormats.default(ajv);
ajv.addSchema(schema);

const head = {
  id: 'd1b2c3d4-5e6f-5a7b-8c9d-0e1f2a3b4c5d',
  applicationId: 'cartoons',
  timestamp: 1_472_200_796_764,
};
const conversation = { id: 'kitchen', kind: 'group' };
const origin = { address: '127.0.0.1', dialect: 'native' };
const added = { ...head, conversation, hook: 'conversationAdded', initiatorId: null, members: ['spike'] };
const session = { id: head.id, epoch: 2, dialect: 'native', tag: null, address: null };
const closed = { closeCode: 2, closeMessage: 'The connection was lost' };
const offline = { ...head, hook: 'clientOffline', userId: 'tom', session, ...closed };
const received = {
  ...{ ...head, conversation, hook: 'messageReceived', origin, recipients: ['jerry'] },
  event: { type: 'message', senderId: 'tom', content: { type: 'text', text: 'Holy crap!' } },
};

function allows(definition: string, value: unknown): boolean {
  return ajv.validate(`${hookSchemaId}#/$defs/${definition}`, value);
}

describe('the JSON Schema of hooks', () => {
  test('is one, and says so', () => {
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema');
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  test.each(hookName.options)('has what %s gets and may answer, described', (name) => {
    const { $defs } = schema as { $defs: Record<string, { description?: string }> };
    for (const part of ['Request', 'Answer'] as const) {
      const definition = hookDefinition(name, part);
      expect($defs[definition]?.description).toEqual(expect.any(String));
      expect(() => ajv.getSchema(`${hookSchemaId}#/$defs/${definition}`)).not.toThrow();
    }
  });

  test.each([received, added, offline])('is any request: $hook', (request) => {
    expect(ajv.validate(hookSchemaId, request)).toBe(true);
    expect(ajv.validate(hookSchemaId, { ...request, hook: 'messageSent' })).toBe(false);
    expect(allows(hookDefinition(request.hook as HookName, 'Request'), request)).toBe(true);
  });

  test('lets later versions say more', () => {
    const event = { ...received.event, later: 1 };
    expect(allows('MessageReceivedRequest', { ...received, event, later: 1 })).toBe(true);
  });

  test.each<[string, object]>([
    ['MessageReceivedRequest', added],
    ['MessageReceivedRequest', { ...received, recipients: 'jerry' }],
    ['MessageReceivedRequest', { ...received, event: { ...received.event, type: 'custom:' } }],
    ['MessageReceivedRequest', { ...received, event: { ...received.event, content: { type: 'text' } } }],
    ['ConversationAddedRequest', { ...added, members: [] }],
    ['ConversationAddedRequest', { ...added, conversation: { id: 'kitchen', kind: 'crowd' } }],
    ['ConversationAddedRequest', { ...added, timestamp: '2016-08-26' }],
    ['ClientOfflineRequest', { ...offline, closeCode: 5 }],
    ['ClientOfflineRequest', { ...offline, session: { ...session, id: 'phone' } }],
    ['MessageReceivedAnswer', { action: 'dorp' }],
    ['MessageReceivedAnswer', { action: 'reject', code: '1', detail: 'No' }],
    ['MessageReceivedAnswer', { content: 'Holy **!' }],
    ['MessageUpdateAnswer', { action: 'drop', detail: 'No' }],
    ['ReceiversOfflineAnswer', { action: 'drop' }],
    ['ReceiversOfflineAnswer', { push: 'You have a message' }],
    ['ConversationAddAnswer', { action: 'deliver' }],
    ['ConversationUpdateAnswer', { changes: { title: 'Attic' } }],
  ])('refuses a wrong %s: %j', (definition, value) => {
    expect(allows(definition, value)).toBe(false);
  });

  test('knows no answer of hooks that are told', () => {
    expect(allows('MessageSentAnswer', { ok: true })).toBe(true);
  });
});
