/** What a hook server's HTTP answer says, as a JSON value; or by which name it fails. */
export type ReadAnswer =
  | { readonly kind: 'answered'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly failure: `status_${number}` | 'invalid_json' | 'unauthorized' };

/** Status 204 and an empty body are `{}`: no change. */
export function readAnswer(status: number, body: Buffer): ReadAnswer {
  if (status === 204) return { kind: 'answered', value: {} };
  if (status !== 200) return { kind: 'failed', failure: `status_${status}` };
  return jsonAnswer(() => {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
    return text.trim() === '' ? {} : (JSON.parse(text) as unknown);
  });
}

/** @param read throws when the body is not JSON */
export function jsonAnswer(read: () => unknown): ReadAnswer {
  try {
    return { kind: 'answered', value: read() };
  } catch {
    return { kind: 'failed', failure: 'invalid_json' };
  }
}
