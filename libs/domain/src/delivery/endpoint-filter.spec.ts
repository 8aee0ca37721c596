import { describe, expect, test } from '@jest/globals';
import { isTaken, type EndpointFilter, type FilteredEvent } from './endpoint-filter.js';

describe('what an endpoint gets', () => {
  const all: EndpointFilter = {
    eventTypes: [],
    conversationKinds: [],
    conversationId: null,
    isForServices: false,
  };
  const event: FilteredEvent = {
    type: 'message',
    conversation: { id: 'yard', kind: 'group' },
    isToService: false,
  };
  const toService = { conversation: { id: 'weather', kind: 'system' }, isToService: true };

  test.each<[string, Partial<EndpointFilter>, Partial<FilteredEvent>, boolean]>([
    ['everything', {}, {}, true],
    ['what is in no conversation', {}, { type: 'webhook.disabled', conversation: null }, true],
    ['the type', { eventTypes: ['message'] }, {}, true],
    ['no other type', { eventTypes: ['custom:*'] }, {}, false],
    ['the kind', { conversationKinds: ['room', 'group'] }, {}, true],
    ['no other kind', { conversationKinds: ['room'] }, {}, false],
    ['the conversation', { conversationId: 'yard' }, {}, true],
    ['no other conversation', { conversationId: 'attic' }, {}, false],
    ['kind and conversation', { conversationKinds: ['group'], conversationId: 'yard' }, {}, true],
    ['not kind alone', { conversationKinds: ['group'], conversationId: 'attic' }, {}, false],
    ['not the conversation alone', { conversationKinds: ['room'], conversationId: 'yard' }, {}, false],
    [
      'with kinds, what is in none',
      { conversationKinds: ['room'] },
      { type: 'webhook.disabled', conversation: null },
      true,
    ],
    ['services: a message to one', { isForServices: true }, toService, true],
    ['services: no other message', { isForServices: true }, {}, false],
    ['services: nothing of ours', { isForServices: true }, { conversation: null }, false],
    ['one service', { isForServices: true, conversationId: 'weather' }, toService, true],
    ['no other service', { isForServices: true, conversationId: 'news' }, toService, false],
    ['to a service, natively', {}, toService, true],
  ])('%s', (_name, filter, seen, expected) => {
    expect(isTaken({ ...all, ...filter }, { ...event, ...seen })).toBe(expected);
  });
});
