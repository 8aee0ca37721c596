/** Names of the same type, by the one that is used here. */
const otherNames: Readonly<Record<string, string>> = {
  'image/jpg': 'image/jpeg',
  'image/pjpeg': 'image/jpeg',
  'image/x-png': 'image/png',
  'audio/mp3': 'audio/mpeg',
  'audio/x-wav': 'audio/wav',
  'audio/wave': 'audio/wav',
  'audio/vnd.wave': 'audio/wav',
  'audio/x-flac': 'audio/flac',
  'audio/m4a': 'audio/x-m4a',
  'text/json': 'application/json',
  'text/x-markdown': 'text/markdown',
  'text/x-vcard': 'text/vcard',
  'application/x-zip-compressed': 'application/zip',
  'application/x-gzip': 'application/gzip',
  'application/x-pdf': 'application/pdf',
};

/** Types whose bytes begin alike: what was declared is believed within a group. */
const alike: readonly RegExp[] = [
  /^(video\/(mp4|x-m4v|quicktime|3gpp2?)|audio\/(mp4|x-m4a|aac|3gpp2?))$/,
  /^(audio|video|application)\/(ogg|opus)$/,
  /^(audio|video)\/(webm|matroska|x-matroska)$/,
  /^image\/hei[cf](-sequence)?$/,
  /^application\/(zip|vnd\.openxmlformats-officedocument\..+|vnd\.oasis\.opendocument\..+)$/,
  /^application\/(x-cfb|msword|vnd\.ms-excel|vnd\.ms-powerpoint)$/,
  /^(application\/xml|text\/xml|image\/svg\+xml)$/,
];

/** Types whose bytes can be recognised: where they were not, the type is a lie. */
const recognisable =
  /^((image|audio|video|font)\/|application\/(pdf|zip|gzip|x-7z-compressed|x-cfb|msword|vnd\.ms-|vnd\.openxmlformats|vnd\.oasis))/;

const anything = 'application/octet-stream';

export interface SeenType {
  /** As the uploader says; null when it says nothing. */
  readonly declared: string | null;
  /** What the bytes begin like; null when they begin like nothing known. */
  readonly found: string | null;
  /** No byte of the beginning is one that a text has not. */
  readonly looksLikeText: boolean;
}

export type TypeVerdict =
  | { readonly kind: 'taken'; readonly contentType: string }
  | { readonly kind: 'mismatch'; readonly found: string }
  | { readonly kind: 'not_allowed'; readonly contentType: string };

/** The type that a file is kept and handed out as. Bytes are believed, words only where the bytes say nothing else. */
export function fileType(seen: SeenType, allowed: readonly string[]): TypeVerdict {
  const declared = seen.declared === null ? anything : plain(seen.declared);
  const found = seen.found === null ? null : plain(seen.found);
  const contentType = settle(declared, found, seen.looksLikeText);
  if (contentType === null) return { kind: 'mismatch', found: found ?? 'unknown' };
  const isAllowed = allowed.some((type) =>
    type.endsWith('*') ? contentType.startsWith(type.slice(0, -1)) : contentType === type,
  );
  return { kind: isAllowed ? 'taken' : 'not_allowed', contentType };
}

function settle(declared: string, found: string | null, looksLikeText: boolean): string | null {
  if (found !== null) {
    if (declared === anything || declared === found) return found;
    return alike.some((group) => group.test(declared) && group.test(found)) ? declared : null;
  }
  if (declared === anything) return looksLikeText ? 'text/plain' : anything;
  if (recognisable.test(declared)) return null;
  const isText = declared.startsWith('text/') || declared === 'application/json';
  return isText && !looksLikeText ? null : declared;
}

/** Without parameters, and by its usual name. */
function plain(type: string): string {
  const name = (type.split(';', 1)[0] ?? '').trim().toLowerCase();
  return otherNames[name] ?? (name === '' ? anything : name);
}
