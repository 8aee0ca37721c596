import { z } from 'zod';
import {
  application,
  applicationChange,
  applicationKey,
  applicationWithKeys,
  keyRotation,
  newApplication,
  rotatedKey,
} from '../applications.js';
import { applicationId } from '../identifiers.js';
import { cursor, inputless, limit, nextCursor, operation } from './describe.js';

const ofApplication = z.object({ applicationId });

/** Tenants and their keys. */
export const applicationOperations = {
  createApplication: operation({
    ...inputless,
    id: 'createApplication',
    method: 'post',
    path: '/applications',
    tag: 'Applications',
    summary: 'Create an application (a tenant) and its keys',
    description:
      'The keys are shown in this answer only; repeat the request with the same Idempotency-Key if it was lost.',
    callers: ['installation'],
    body: newApplication,
    answers: { 201: { description: 'Created.', schema: applicationWithKeys } },
    errors: ['application_exists', 'application_deleted', 'idempotency_key_reused'],
    idempotent: true,
  }),
  listApplications: operation({
    ...inputless,
    id: 'listApplications',
    method: 'get',
    path: '/applications',
    tag: 'Applications',
    summary: 'List the applications, in the order of their numbers',
    callers: ['installation'],
    query: z.object({ cursor, limit }),
    answers: {
      200: {
        description: 'A page, without keys.',
        schema: z.object({ applications: z.array(application), nextCursor }),
      },
    },
    errors: ['invalid_cursor'],
    idempotent: false,
  }),
  getApplication: operation({
    ...inputless,
    id: 'getApplication',
    method: 'get',
    path: '/applications/{applicationId}',
    tag: 'Applications',
    summary: 'Read an application, without its keys',
    description:
      'Of a deleted application the installation key reads since when it is deleted, and since when its data is gone; it has no name and no settings any more.',
    callers: ['installation', 'master'],
    parameters: ofApplication,
    answers: { 200: { description: 'The application, without its keys.', schema: application } },
    errors: ['application_not_found'],
    idempotent: false,
  }),
  updateApplication: operation({
    ...inputless,
    id: 'updateApplication',
    method: 'patch',
    path: '/applications/{applicationId}',
    tag: 'Applications',
    summary: 'Change the settings of an application',
    description:
      'What is not named stays. The master key of the application may change all but `eventRetentionDays`. A public key that is left out is refused everywhere when this is answered. Events that are too old now are deleted within minutes, and cannot be brought back.',
    callers: ['installation', 'master'],
    parameters: ofApplication,
    body: applicationChange,
    answers: { 200: { description: 'The application, without its keys.', schema: application } },
    errors: ['application_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
  deleteApplication: operation({
    ...inputless,
    id: 'deleteApplication',
    method: 'delete',
    path: '/applications/{applicationId}',
    tag: 'Applications',
    summary: 'Delete an application and everything that it has',
    description:
      'When this is answered its keys and tokens are refused everywhere. Its sessions end within a second or two, and everything that is stored of it is removed in the background, which `erasedAt` tells (docs/accounts.md). There is no way back, and the id is never given again. Repeat it as you like: it answers how far the removal is.',
    callers: ['installation'],
    parameters: ofApplication,
    answers: { 202: { description: 'Deleted; its data is being removed.', schema: application } },
    errors: ['application_not_found'],
    idempotent: false,
  }),
  rotateKey: operation({
    ...inputless,
    id: 'rotateKey',
    method: 'post',
    path: '/applications/{applicationId}/keys/{kind}/rotate',
    tag: 'Applications',
    summary: 'Give an application a new key',
    description:
      'The new key is valid everywhere when this is answered, and the former one is refused everywhere from `formerValidUntil` on. It is shown in this answer only; repeat the request with the same Idempotency-Key if it was lost.',
    callers: ['installation', 'master'],
    parameters: ofApplication.extend({ kind: applicationKey }),
    body: keyRotation,
    answers: { 201: { description: 'Rotated.', schema: rotatedKey } },
    errors: ['application_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
} as const;
