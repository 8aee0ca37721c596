/** Bounds of one message of the stream: its entries, and the bytes of UTF-8 of their lines. */
export interface PortionLimits {
  readonly entries: number;
  readonly bytes: number;
}

/** Lines that travel together, and the place of the first of them in the list that they come from. */
export interface Portion {
  readonly first: number;
  readonly lines: readonly string[];
}

/** Cuts lines into messages, in order. A line that is too long by itself is a message by itself. */
export function portionsOf(lines: readonly string[], limits: PortionLimits): Portion[] {
  const portions: { first: number; lines: string[] }[] = [];
  let bytes = Infinity;
  for (const [place, line] of lines.entries()) {
    const last = portions.at(-1);
    bytes += Buffer.byteLength(line) + 1;
    if (last === undefined || last.lines.length >= limits.entries || bytes > limits.bytes) {
      portions.push({ first: place, lines: [line] });
      bytes = Buffer.byteLength(line) + 1;
    } else last.lines.push(line);
  }
  return portions;
}
