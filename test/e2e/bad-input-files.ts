import type { ErrorCode } from '#contracts/errors.js';
import { limits } from '#contracts/limits.js';
import type { fileOperations } from '#contracts/rest/file-operations.js';
import type { Cast, Change, Refusal } from './bad-input-cast.js';

type FileOperationId = keyof typeof fileOperations;

/** As in bad-requests.ts, of the operations on files. */
export const goodFileRequests: Record<FileOperationId, (cast: Cast) => Change> = {
  uploadFile: ({ tom }) => ({ as: tom, query: { name: 'never stored' } }),
  getFile: ({ tom, fileId }) => ({ as: tom, parameters: { fileId } }),
  getFileContent: ({ tom, fileId }) => ({ as: tom, parameters: { fileId } }),
  deleteFile: ({ tom, fileId }) => ({ as: tom, parameters: { fileId } }),
  createFileLink: ({ tom, fileId }) => ({ as: tom, parameters: { fileId }, body: {} }),
  getLinkedFile: ({ application, fileId }) => ({
    parameters: { applicationId: application.id, fileId },
    query: { expires: '1', signature: 'never made' },
  }),
};

export const badFileFields = {
  createFileLink: {
    expiresIn: [null, '', '60', true, [], 0, -1, 1.5, limits.fileLinkLifetimeMaximumSeconds + 1],
    size: [1, true, null, [], {}, '', 'huge', 'Small'],
  },
} as const;

export const badFileQueries: Partial<
  Record<FileOperationId, readonly (readonly [string, string, ErrorCode])[]>
> = {
  uploadFile: [
    ['name', 'x'.repeat(limits.nameLength + 1), 'invalid_request'],
    ['name', 'line\nbreak', 'invalid_request'],
    ['ownerId', 'a:b', 'invalid_request'],
    ['ownerId', 'jerry', 'invalid_request'],
  ],
  getFileContent: [
    ['size', '', 'invalid_request'],
    ['size', 'huge', 'invalid_request'],
    ['size', '../small', 'invalid_request'],
  ],
  getLinkedFile: [
    ['size', 'huge', 'invalid_request'],
    ['expires', 'tomorrow', 'invalid_request'],
    ['signature', '', 'invalid_request'],
  ],
};

const uuid = '01940b5e-7d2c-7000-8000-000000000001';
const ownedBy = (ownerId: string): Change => ({ query: { name: 'never stored', ownerId } });
const refusals: readonly Refusal[] = [
  ['an unknown file', 'file_not_found', () => ({ parameters: { fileId: uuid } })],
  ['a file of another', 'file_not_found', ({ spike }) => ({ as: spike })],
  ['a file of another application', 'file_not_found', ({ foreigner }) => ({ as: foreigner })],
  ['a file of another application, with its key', 'file_not_found', ({ foreign }) => ({ as: foreign })],
];

/** As in impossible-requests.ts. */
export const fileRefusals: Record<FileOperationId, readonly Refusal[]> = {
  uploadFile: [
    [
      'nobody as its owner',
      'user_not_found',
      ({ application }) => ({ as: application, ...ownedBy('nobody') }),
    ],
    [
      'an owner of another application',
      'user_not_found',
      ({ application }) => ({ as: application, ...ownedBy('foreigner') }),
    ],
    ['no name', 'invalid_request', () => ({ query: {} })],
  ],
  getFile: refusals,
  getFileContent: [
    ...refusals,
    [
      'a smaller form of a text',
      'file_not_found',
      ({ fileId }) => ({ parameters: { fileId }, query: { size: 'small' } }),
    ],
  ],
  deleteFile: refusals,
  createFileLink: refusals,
  getLinkedFile: [['a signature that nobody made', 'link_not_valid', () => ({})]],
};
