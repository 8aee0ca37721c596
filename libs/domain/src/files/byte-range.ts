/** Which bytes of a whole are wanted: both ends included. */
export type ByteRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly first: number; readonly last: number }
  | { readonly kind: 'outside' };

/**
 * Of a Range header (RFC 9110, 14.2). One range is understood; several, and what has another form, ask for the whole, as
 * the RFC allows.
 *
 * @param size of the whole, in bytes
 */
export function byteRange(header: string | undefined, size: number): ByteRange {
  const parts = /^bytes=([0-9]{0,15})-([0-9]{0,15})$/.exec(header?.replaceAll(' ', '') ?? '');
  const [, from = '', to = ''] = parts ?? [];
  if (from === '' && to === '') return { kind: 'whole' };
  if (from === '') {
    const count = Number(to);
    if (count === 0 || size === 0) return { kind: 'outside' };
    return { kind: 'part', first: Math.max(0, size - count), last: size - 1 };
  }
  const first = Number(from);
  if (to !== '' && Number(to) < first) return { kind: 'whole' };
  if (first >= size) return { kind: 'outside' };
  return { kind: 'part', first, last: to === '' ? size - 1 : Math.min(Number(to), size - 1) };
}
