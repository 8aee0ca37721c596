import { z } from 'zod';
import { call } from '../call.js';
import { conversationKind } from '../conversations.js';
import { liveSignal } from '../ephemeral.js';
import { applicationId, conversationId, conversationKey, timestamp } from '../identifiers.js';
import { streamEvent } from '../stream.js';

/*
 * What is in no timeline, on its way to the webhooks that get such. Nobody asks again; what is lost until this is answered is
 * lost.
 */

/** A message of a user to a service that is stored nowhere, to those of LeanCloud's rows. Its `seq` is 0. */
export const deliverTransient = call('webhooks.transient', z.object({ said: streamEvent }), z.object({}));

/** Something that Vonage has an event for, to webhooks of its format. */
export const deliverAside = call(
  'webhooks.aside',
  z.object({
    applicationId,
    conversationKey,
    conversationId,
    conversationKind,
    timestamp,
    happened: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('said'), signal: liveSignal.shape.signal }),
      z.object({ kind: z.literal('created'), name: z.string() }),
      z.object({ kind: z.literal('deleted') }),
    ]),
  }),
  z.object({}),
);
export type Aside = z.infer<typeof deliverAside.question>;
