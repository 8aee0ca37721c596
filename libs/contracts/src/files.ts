import { z } from 'zod';
import { actor } from './actor.js';
import { call } from './call.js';
import { applicationId, displayText, timestamp, userId } from './identifiers.js';
import { idempotentRequest } from './idempotency.js';
import { limits } from './limits.js';

export const fileId = z.uuid().meta({ id: 'FileId', example: '01940b5e-7d2c-7000-8000-00000000000f' });

/** `medium` and `small` are there for images alone: no longer on their longer side than limits.imageMedium, imageSmall. */
export const fileSize = z.enum(['original', 'medium', 'small']).meta({ id: 'FileSize' });
export type FileSize = z.infer<typeof fileSize>;

const pixels = z.int().min(1).optional();
const described = {
  name: displayText.meta({ example: 'cheese.jpg' }),
  contentType: z.string().meta({ example: 'image/jpeg' }),
  size: z.int().meta({ description: 'Bytes.' }),
  width: pixels.meta({ description: 'Pixels, of images that can be read; turned as it is to be shown.' }),
  height: pixels,
};

/** A file as a message shows it. */
export const attachment = z.object({ id: fileId, ...described }).meta({ id: 'Attachment' });
export type Attachment = z.infer<typeof attachment>;

const smallerImage = z.object({
  contentType: z.string(),
  width: z.int(),
  height: z.int(),
  size: z.int().meta({ description: 'Bytes.' }),
});

/** What the gateway finds out about the bytes that it has taken. */
const takenFile = z.object({
  ...described,
  digest: z.string().meta({ description: 'SHA-256 of the bytes, hexadecimal.' }),
  sizes: z
    .object({ medium: smallerImage.optional(), small: smallerImage.optional() })
    .meta({ description: 'Smaller forms of an image; empty for everything else.' }),
});

export const file = takenFile
  .extend({
    id: fileId,
    ownerId: userId.nullable().meta({ description: "Whose it is; null: the application's." }),
    createdAt: timestamp,
  })
  .meta({ id: 'File' });
export type File = z.infer<typeof file>;

/** Ids of the files that a message carries. */
export const attachmentIds = z
  .array(fileId)
  .max(limits.attachmentsPerMessage)
  .refine((ids) => new Set(ids).size === ids.length, 'must not name a file twice')
  .meta({ description: 'Files of the sender; with the master key, any of the application.' });

/** `expiresIn` is in seconds. */
export const newFileLink = z
  .strictObject({
    expiresIn: z
      .int()
      .min(1)
      .max(limits.fileLinkLifetimeMaximumSeconds)
      .default(limits.fileLinkLifetimeSeconds),
    size: fileSize.default('original'),
  })
  .meta({ id: 'NewFileLink' });
export const fileLink = z
  .object({
    url: z.string().meta({ description: 'Path and query, from the root of this server.' }),
    expiresAt: timestamp,
  })
  .meta({ id: 'FileLink' });

// --- Between the apps ---

const ofFile = { applicationId, fileId };

/** Announces bytes before they are stored, so that they are found again if nobody completes them. */
export const beginFile = call(
  'files.begin',
  z.object({ ...ofFile, ownerId: userId.nullable() }),
  z.object({}),
);

/** All bytes are stored. The answer may be another file: the first that came under the same idempotency key. */
export const completeFile = call(
  'files.complete',
  z.object({
    ...ofFile,
    ownerId: userId.nullable(),
    request: idempotentRequest.nullable(),
    taken: takenFile,
  }),
  file,
);

/** For whoever may see the file. */
export const getFile = call('files.get', z.object({ ...ofFile, actor }), file);

/** From now on nobody sees it. Its bytes are to be removed, and then `filesRemoved` is to be told. */
export const deleteFile = call('files.delete', z.object({ ...ofFile, actor }), z.object({}));

/** The bytes of an upload that came to nothing are to be removed. A file that is complete stays. */
export const abandonFile = call('files.abandon', z.object(ofFile), z.object({}));

/** What has no file any more and may still have bytes. */
export const filesToRemove = call(
  'files.to-remove',
  z.object({}),
  z.object({ files: z.array(z.object(ofFile)) }),
);
/** `failedIds` could not be removed: they come again later, behind the others. */
export const filesRemoved = call(
  'files.removed',
  z.object({ fileIds: z.array(fileId), failedIds: z.array(fileId).default([]) }),
  z.object({}),
);
