import { z } from 'zod';
import type { ErrorCode } from '../errors.js';
import { file, fileId, fileLink, fileSize, newFileLink } from '../files.js';
import { applicationId, displayText, userId } from '../identifiers.js';
import { limits } from '../limits.js';
import { inputless, operation } from './describe.js';

const ofFile = z.object({ fileId });
const size = fileSize.default('original');

const bytes = {
  200: { description: 'The whole.', bytes: true },
  206: { description: 'The range that was asked for.', bytes: true },
  304: { description: 'The caller has it already (If-None-Match).' },
} as const;
const rangeAnswers = `One \`Range\` is answered with 206; \`ETag\` and \`If-None-Match\` are understood.`;

/** Uploaded bytes, and who gets them. */
export const fileOperations = {
  uploadFile: operation({
    ...inputless,
    id: 'uploadFile',
    method: 'post',
    path: '/files',
    tag: 'Files',
    summary: 'Upload a file',
    description: `The bytes as the body, with their Content-Type and \`name\`; or \`multipart/form-data\` with one file. At most ${String(limits.fileBytes)} bytes, unless the installation says otherwise. The type is found out from the bytes; one that they do not have is refused.`,
    callers: ['user', 'master'],
    query: z.object({
      name: displayText.optional().meta({ description: 'Name of the file; required unless a form says it.' }),
      ownerId: userId.optional().meta({ description: 'With the master key: whose file it is.' }),
    }),
    takes: 'bytes',
    answers: { 201: { description: 'Stored.', schema: file } },
    errors: [
      'user_not_found',
      'idempotency_key_reused',
      'upload_incomplete',
      'file_too_large',
      'file_type_not_allowed',
      'file_type_mismatch',
      'image_not_readable',
      'overloaded',
      'file_storage_unavailable',
    ],
    idempotent: true,
  }),
  getFile: operation({
    ...inputless,
    id: 'getFile',
    method: 'get',
    path: '/files/{fileId}',
    tag: 'Files',
    summary: 'Read what is known of a file: its owner, and whoever sees a message that it is attached to',
    callers: ['user', 'master'],
    parameters: ofFile,
    answers: { 200: { description: 'The file.', schema: file } },
    errors: ['file_not_found'],
    idempotent: false,
  }),
  getFileContent: operation({
    ...inputless,
    id: 'getFileContent',
    method: 'get',
    path: '/files/{fileId}/content',
    tag: 'Files',
    summary: "Download a file's bytes",
    description: rangeAnswers,
    callers: ['user', 'master'],
    parameters: ofFile,
    query: z.object({ size }),
    answers: bytes,
    errors: ['file_not_found', 'range_not_satisfiable', 'file_storage_unavailable'],
    idempotent: false,
  }),
  deleteFile: operation({
    ...inputless,
    id: 'deleteFile',
    method: 'delete',
    path: '/files/{fileId}',
    tag: 'Files',
    summary: 'Delete a file that is attached to no message',
    callers: ['user', 'master'],
    parameters: ofFile,
    answers: { 204: { description: 'Deleted, now or before.' } },
    errors: ['file_not_found', 'file_attached'],
    idempotent: false,
  }),
  createFileLink: operation({
    ...inputless,
    id: 'createFileLink',
    method: 'post',
    path: '/files/{fileId}/links',
    tag: 'Files',
    summary: 'Make a link by which anybody can download the file for a while',
    description:
      'Nothing is stored: a link cannot be taken back, but it ends with the file. Every call makes another one.',
    callers: ['user', 'master'],
    parameters: ofFile,
    body: newFileLink,
    answers: { 201: { description: 'Signed.', schema: fileLink } },
    errors: ['file_not_found'],
    idempotent: false,
  }),
  getLinkedFile: operation({
    ...inputless,
    id: 'getLinkedFile',
    method: 'get',
    path: '/linked-files/{applicationId}/{fileId}',
    tag: 'Files',
    summary: 'Download by a signed link; no other credentials are needed',
    description: rangeAnswers,
    callers: [],
    parameters: z.object({ applicationId, fileId }),
    query: z.object({
      size,
      expires: z.coerce.number().int().meta({ description: 'Milliseconds since the epoch.' }),
      signature: z.string().min(1).max(100),
    }),
    answers: bytes,
    errors: [
      'link_not_valid',
      'link_expired',
      'file_not_found',
      'range_not_satisfiable',
      'file_storage_unavailable',
    ] satisfies ErrorCode[],
    idempotent: false,
  }),
} as const;
