import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Parser } from '@asyncapi/parser';
import { blockingHookName, hookName } from '#contracts/hooks/names.js';
import { socketCommands, socketEvents } from '#contracts/sockets.js';
import { SharedWorld } from '../harness/shared-world.js';

interface Reference {
  readonly $ref: string;
}
interface Document {
  readonly asyncapi: string;
  readonly channels: Record<string, { messages: Record<string, Reference> }>;
  readonly operations: Record<
    string,
    { action: string; messages: Reference[]; reply?: { messages: Reference[] } }
  >;
  readonly components: { messages: Record<string, { name: string; payload: unknown }> };
}

let world: SharedWorld;
let document: Document;

beforeAll(async () => {
  world = await SharedWorld.attach();
  const { status, body } = await world.rest({ method: 'GET', path: '/api/asyncapi.json' });
  expect(status).toBe(200);
  document = body as Document;
});
afterAll(() => world.close());

describe('the description of sockets, hooks and webhooks', () => {
  test('is a valid AsyncAPI 3.0 document', async () => {
    expect(document.asyncapi).toBe('3.0.0');
    const { diagnostics } = await new Parser().parse(JSON.stringify(document));
    // Errors and warnings; what is below is advice, for instance to a newer version.
    const wrong = diagnostics.filter(({ severity }) => (severity as number) <= 1);
    expect(wrong.map(({ code, message, path }) => [code, message, path.join('/')])).toEqual([]);
  });

  test('has every command with its acknowledgement, every event, and no other', () => {
    const names = (prefix: string) =>
      Object.entries(document.components.messages)
        .filter(([key]) => key.startsWith(`${prefix}.`))
        .map(([, { name }]) => name)
        .toSorted();
    expect(names('command')).toEqual(Object.keys(socketCommands).toSorted());
    expect(names('acknowledgement')).toEqual(Object.keys(socketCommands).toSorted());
    expect(names('event')).toEqual([...Object.keys(socketEvents), 'custom:name'].toSorted());
  });

  test.each(Object.keys(socketCommands))('%s is received, and replied to by its acknowledgement', (name) => {
    expect(document.operations[`command.${name}`]).toMatchObject({
      action: 'receive',
      messages: [{ $ref: `#/channels/sockets/messages/command.${name}` }],
      reply: { messages: [{ $ref: `#/channels/sockets/messages/acknowledgement.${name}` }] },
    });
  });

  test('says what hooks are asked and may answer, and what webhooks get', () => {
    expect(document.operations['hook.messageReceived']?.reply?.messages).toHaveLength(1);
    expect(document.operations['hook.messageSent']?.reply).toBeUndefined();
    expect(Object.keys(document.channels['hooks']!.messages).toSorted()).toEqual([
      ...hookName.options.map((name) => `hook.${name}`).toSorted(),
      ...blockingHookName.options.map((name) => `verdict.${name}`).toSorted(),
    ]);
    expect(Object.keys(document.channels['webhooks']!.messages)).toEqual(['webhook']);
  });
});
