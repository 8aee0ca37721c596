/** Limits of Vonage's Conversation API where they differ from the native ones (reference: its documents and OpenAPI). */
export const vonageLimits = {
  /** Characters of a `text`. */
  textLength: 2_500,
  /** How long a token may be valid, in seconds; and one that does not say how long. */
  tokenLifetimeMaximum: 24 * 60 * 60,
  tokenLifetimeDefault: 15 * 60,
  pageSize: 100,
  defaultPageSize: 10,
  nameLength: 100,
  displayNameLength: 50,
  imageUrlLength: 2_048,
  /** How long a socket may be connected without a login (ms). */
  loginPatience: 10_000,
} as const;
