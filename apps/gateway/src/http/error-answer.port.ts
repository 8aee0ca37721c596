/** How an error leaves in the form of a dialect. */
export interface ErrorAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly mediaType: string;
  /** JSON */
  readonly body: unknown;
}
