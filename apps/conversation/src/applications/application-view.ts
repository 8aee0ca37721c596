import { signatureArea, type Application, type SignatureArea } from '#contracts/applications.js';
import type { ApplicationRow } from '../store/applications.store.js';

/** An application as its owner sees it. */
export function applicationOf(row: ApplicationRow): Application {
  const { id, number, name, publicKeys, eventRetentionDays, deletedAt, erasedAt } = row;
  const hookFailure = row.hookFailure === 'abort' ? 'abort' : 'continue';
  return {
    id,
    number,
    name,
    hookFailure,
    publicKeys,
    eventRetentionDays,
    signatureAreas: signatureAreasOf(row),
    createdAt: row.createdAt.getTime(),
    ...(deletedAt !== null && {
      deletedAt: deletedAt.getTime(),
      erasedAt: erasedAt?.getTime() ?? null,
    }),
  };
}

export function signatureAreasOf({
  signatureAreas,
}: Pick<ApplicationRow, 'signatureAreas'>): SignatureArea[] {
  return signatureArea.options.filter((area) => signatureAreas.includes(area));
}
