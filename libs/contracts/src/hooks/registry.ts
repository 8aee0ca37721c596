import { z } from 'zod';
import { call } from '../call.js';
import { applicationId } from '../identifiers.js';
import { hookName } from './names.js';

/** Which hooks an application has, as of a registry version. */
export const describeHooks = call(
  'hooks.describe',
  z.object({ applicationId }),
  z.object({
    version: z.int(),
    names: z.array(hookName),
    /** Those of the names of which some hook has an attribute filter. */
    filtered: z.array(hookName),
  }),
);

/**
 * A conversation replica renews its copy of the registry. Every hook-engine replica hears it (no queue group) and so
 * learns which replicas hold copies; the first answer counts. The copy is valid for `hookRegistryLease` from the moment
 * of asking, so a paused replica or a delayed answer can never stretch it.
 */
export const renewHookRegistry = call(
  'hooks.registry.renew',
  z.object({ replica: z.uuid() }),
  z.object({ version: z.int() }),
  2_000,
);

/** Told to every conversation replica after a registration was committed; each answers when it has forgotten the older. */
export const hookRegistryChanged = call(
  'hooks.registry.changed',
  z.object({ applicationId, version: z.int() }),
  z.object({ replica: z.uuid() }),
  1_000,
);

/** How long a replica may trust its copy (ms); it renews three times as often. A registration waits no longer than this. */
export const hookRegistryLease = 3_000;
