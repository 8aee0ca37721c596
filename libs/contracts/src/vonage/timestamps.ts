/** ms since the epoch as Vonage writes a time: ISO 8601 with milliseconds. */
export function isoOf(timestamp: number): string {
  return new Date(timestamp).toISOString();
}

/** Of an object of times, those that there are. */
export function timesOf<Names extends string>(
  times: Readonly<Record<Names, number | null>>,
): Partial<Record<Names, string>> {
  return Object.fromEntries(
    Object.entries<number | null>(times).flatMap(([name, time]) =>
      time === null ? [] : [[name, isoOf(time)]],
    ),
  ) as Partial<Record<Names, string>>;
}
