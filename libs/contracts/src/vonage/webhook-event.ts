import { z } from 'zod';
import { applicationId, conversationId, seq } from '../identifiers.js';

/** What a webhook of the format `vonage` gets. */
export const vonageWebhookEvent = z
  .object({
    type: z.string().meta({ example: 'custom:my_custom_event' }),
    id: seq.optional().meta({
      description:
        'Its place in the conversation; absent: it is stored nowhere. What one change says of several members has the same.',
    }),
    conversation_id: conversationId,
    application_id: applicationId,
    timestamp: z.iso.datetime({ precision: 3 }),
    body: z.record(z.string(), z.unknown()),
    from: z.string().optional().meta({ description: '`MEM-` and a UUID; absent: no member did it.' }),
    _embedded: z
      .object({
        from_user: z
          .object({ id: z.string(), name: z.string(), display_name: z.string().nullable() })
          .optional(),
        from_member: z.object({ id: z.string() }).optional(),
      })
      .optional(),
    params: z
      .record(z.string(), z.string())
      .optional()
      .meta({ description: "Those of the conversation's `callback`." }),
  })
  .meta({ id: 'WebhookVonageEvent', description: "Format `vonage`: an event in the form of Vonage's." });
