import { application, applicationChange, applicationWithKeys, newApplication } from '../applications.js';
import { applicationId } from '../identifiers.js';
import { z } from 'zod';
import { inputless, operation } from './describe.js';

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
    errors: ['application_exists', 'idempotency_key_reused'],
    idempotent: true,
  }),
  updateApplication: operation({
    ...inputless,
    id: 'updateApplication',
    method: 'patch',
    path: '/applications/{applicationId}',
    tag: 'Applications',
    summary: 'Change for how long an application keeps its events',
    description: 'Events that are too old now are deleted within minutes, and cannot be brought back.',
    callers: ['installation'],
    parameters: z.object({ applicationId }),
    body: applicationChange,
    answers: { 200: { description: 'The application, without its keys.', schema: application } },
    errors: ['application_not_found', 'idempotency_key_reused'],
    idempotent: true,
  }),
} as const;
