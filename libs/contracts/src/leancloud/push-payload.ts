/** What is pushed may be given as JSON in a text; any other text is the line that is shown. */
export function pushPayloadOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Then it is no JSON.
  }
  return { alert: text };
}
