/**
 * Whether somebody who asked for these types (none: all) gets an event of this type. What ends in `*` stands for every type
 * that begins so.
 */
export function wants(patterns: readonly string[], type: string): boolean {
  return patterns.length === 0 || patterns.some((pattern) => stands(pattern, type));
}

function stands(pattern: string, type: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}
