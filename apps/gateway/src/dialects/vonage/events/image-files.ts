import { z } from 'zod';
import { invalidRequest, type HooklineError } from '#contracts/errors.js';
import { fileId, type FileSize } from '#contracts/files.js';
import { limits } from '#contracts/limits.js';
import { isObject } from '#contracts/vonage/events/shown-event.js';

/**
 * Where a size of an uploaded image is read, from the root. Its address must not say `image`: packages take what does for an
 * upload, and do not wait for the answer.
 */
export function imagePath(fileId: string, size: FileSize): string {
  return `/v1/media/${fileId}/${size}`;
}

const ours = /^\/v1\/media\/([0-9a-f-]{36})\/(?:original|medium|small)$/;

interface Image {
  /** As they are kept. */
  readonly representations: Readonly<Record<string, unknown>>;
  /** Whoever sees the event may then read them. */
  readonly files: readonly string[];
}

/**
 * Of an `image` the files that were uploaded here. Its representations are what the upload has answered; nobody checks that they
 * belong together.
 *
 * Clients fetch what they name with their user's token, wherever it is: what a user says therefore names images of this installation
 * alone, at the address by which it is said. Servers hold the key that makes tokens, and name what they like.
 *
 * @param root the address by which a user says it; null: a server does
 * @throws HooklineError invalid_request
 */
export function imageOf(said: Readonly<Record<string, unknown>>, root: string | null): Image {
  const files = new Set<string>();
  const shown = Object.entries(said).map(([name, form]) => {
    const url = isObject(form) ? form['url'] : undefined;
    if (url === undefined || url === null) return [name, form] as const;
    const path = typeof url === 'string' && URL.canParse(url) ? new URL(url).pathname : '';
    const id = ours.exec(path)?.[1];
    const isFile = fileId.safeParse(id).success;
    if (id !== undefined && isFile) files.add(id);
    else if (root !== null || id !== undefined)
      throw refused([name, 'url'], 'must be the address of an uploaded image');
    return [name, root === null ? form : { ...(form as object), url: `${root}${path}` }] as const;
  });
  if (files.size > limits.attachmentsPerMessage)
    throw refused([], `may name ${String(limits.attachmentsPerMessage)} images`);
  return { representations: Object.fromEntries(shown), files: [...files] };
}

function refused(where: readonly string[], message: string): HooklineError {
  const path = ['body', 'representations', ...where];
  return invalidRequest(new z.ZodError([{ code: 'custom', path, message, input: undefined }]));
}
