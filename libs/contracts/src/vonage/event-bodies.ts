import { z } from 'zod';
import { vonageLimits } from './limits.js';

/** Their numbers come as text, too. */
const eventNumber = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ])
  .pipe(z.int().min(1));

const text = z.string().min(1).max(vonageLimits.textLength);
const shown = z.looseObject({ url: z.string().min(1).max(vonageLimits.imageUrlLength) });

export const textBody = z.object({ text });
export const textUpdateBody = z.object({ text, original_event_id: eventNumber });
export const receiptBody = z.object({ event_id: eventNumber });
export const imageBody = z.looseObject({ representations: z.record(z.string(), z.unknown()) });
/** What of a message's body its type has to have; the rest is kept as it is. */
export const messageBody = z.discriminatedUnion('message_type', [
  z.looseObject({ message_type: z.literal('text'), text }),
  z.looseObject({ message_type: z.literal('image'), image: shown }),
  z.looseObject({ message_type: z.literal('audio'), audio: shown }),
  z.looseObject({ message_type: z.literal('video'), video: shown }),
  z.looseObject({ message_type: z.literal('file'), file: shown }),
  z.looseObject({ message_type: z.literal('vcard'), vcard: shown }),
  z.looseObject({ message_type: z.literal('template'), template: z.looseObject({ name: z.string() }) }),
  z.looseObject({ message_type: z.literal('custom'), custom: z.record(z.string(), z.unknown()) }),
  z.looseObject({
    message_type: z.literal('location'),
    location: z.looseObject({ longitude: z.number(), latitude: z.number() }),
  }),
]);
