import { expect, test } from '@jest/globals';
import type {
  HookAnswers,
  HookRequests,
  MessageReceivedAnswer,
  MessageReceivedRequest,
} from '@hookline/client/hooks';
import { hookName } from '#contracts/hooks/names.js';

/*
 * Of types that are published it is the compiler that tests them: `npm run check -- types`.
 */

type Handlers = { readonly [Name in keyof HookRequests]: (request: HookRequests[Name]) => HookAnswers[Name] };

/** A hook server as a customer writes it. */
const handlers: Handlers = {
  messageReceived: ({ event, recipients }) => {
    if (event.content.type !== 'text') return {};
    if (event.content.text.includes('spam')) return { action: 'drop' };
    return { content: { type: 'text', text: 'Holy **!' }, recipients: recipients.slice(0, 1) };
  },
  messageUpdate: ({ recall }) => (recall ? {} : { action: 'reject', code: 1, detail: 'No' }),
  receiversOffline: ({ mentionedOffline }) => ({ recipients: mentionedOffline, push: { badge: 1 } }),
  conversationStart: ({ members }) =>
    members.length < 3 ? { action: 'reject', code: 1234, detail: 'Invite more' } : {},
  conversationAdd: () => ({ action: 'allow' }),
  conversationRemove: () => ({}),
  conversationUpdate: ({ changes }) =>
    changes === undefined ? { muted: false } : { changes: { name: 'Attic' } },
  messageSent: ({ event }) => event.seq,
  conversationStarted: () => undefined,
  conversationAdded: () => undefined,
  conversationRemoved: () => undefined,
  clientOnline: ({ session }) => session.epoch,
  clientOffline: ({ closeCode }) => closeCode,
};

export const wrong = {
  // @ts-expect-error There is no such action.
  action: (_: MessageReceivedRequest): MessageReceivedAnswer => ({ action: 'dorp' }),
  // @ts-expect-error The platform takes an unknown field for a failure.
  field: (_: MessageReceivedRequest): MessageReceivedAnswer => ({ contents: [] }),
  // @ts-expect-error A rejection says why.
  rejection: (): HookAnswers['conversationAdd'] => ({ action: 'reject' }),
  // @ts-expect-error Messages are dropped, conversations are not.
  drop: (): HookAnswers['conversationStart'] => ({ action: 'drop' }),
  // @ts-expect-error A client that comes has no close code.
  request: ({ closeCode }: HookRequests['clientOnline']): number => closeCode as number,
};

test('a hook server that is typed by the published types answers as it may', () => {
  expect(Object.keys(handlers).toSorted()).toEqual(hookName.options.toSorted());
});
