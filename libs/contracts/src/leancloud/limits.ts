/** What LeanCloud's protocols bound more tightly than ours. Sizes are bytes of UTF-8, lengths characters, durations ms. */
export const leanCloudLimits = {
  clientIdLength: 64,
  /** Of the string that a message is, with what is pushed for it. */
  messageBytes: 5 * 1024,
  mentionsPerMessage: 20,
  /** Clients that one message of a service may be for. */
  recipientsPerMessage: 20,
  clientsPerOnlineCheck: 20,
  kickReasonLength: 20,
  subscribersPerPage: 50,
  /** Clients that one page of those who are blocked or silenced names, and that one request may name. */
  restrictedPerPage: 100,
  clientsPerRequest: 500,
  temporarySilenceSeconds: 24 * 60 * 60,
  historyPerPage: 1_000,
  historyPerPageDefault: 100,
  objectsPerPage: 1_000,
  objectsPerPageDefault: 100,
  requestsPerBatch: 50,
  /** How far the time of a signed request may lie from ours, and how long a signature is valid. */
  signatureValidity: 6 * 60 * 60 * 1_000,
} as const;
