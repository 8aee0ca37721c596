import type { applicationOperations } from '#contracts/rest/application-operations.js';
import type { userOperations } from '#contracts/rest/user-operations.js';
import type { Cast, Change } from './bad-input-cast.js';

type Id = keyof typeof applicationOperations | keyof typeof userOperations;

/** See `goodRequests`. */
export const goodAccountRequests: Record<Id, (cast: Cast) => Change> = {
  createApplication: ({ world }) => ({ as: world.owner, body: { name: 'New' } }),
  updateApplication: ({ world, application }) => ({
    as: world.owner,
    parameters: { applicationId: application.id },
    body: { eventRetentionDays: null },
  }),
  listApplications: ({ world }) => ({ as: world.owner }),
  getApplication: ({ application }) => ({
    as: application,
    parameters: { applicationId: application.id },
  }),
  deleteApplication: ({ world }) => ({ as: world.owner, parameters: { applicationId: 'nobody' } }),
  rotateKey: ({ world, application }) => ({
    as: world.owner,
    parameters: { applicationId: application.id, kind: 'appKey' },
    body: {},
  }),
  createUser: ({ application }) => ({ as: application, body: { id: 'new' } }),
  listUsers: ({ application }) => ({ as: application }),
  updateUser: ({ application }) => ({
    as: application,
    parameters: { userId: 'tom' },
    body: { displayName: 'Tom' },
  }),
  deleteUser: ({ application }) => ({ as: application, parameters: { userId: 'nobody' } }),
  getUser: ({ application }) => ({ as: application, parameters: { userId: 'tom' } }),
  exportUser: ({ application }) => ({ as: application, parameters: { userId: 'tom' } }),
  createToken: ({ application }) => ({ as: application, parameters: { userId: 'tom' }, body: {} }),
};
