/** 128 random bits. `crypto.randomUUID` would ask browsers for a secure context, which a chat in a local network lacks. */
export function uniqueKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
