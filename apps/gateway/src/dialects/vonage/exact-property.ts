import { createScanner } from 'jsonc-parser';

/**
 * The compact text of a property of a JSON object, as it was written: numbers that no double holds, keys that look like indices
 * and escapes stay as they are; white space between them goes. Goes through the text once and calls itself nowhere: whoever
 * writes it decides how deep it is.
 *
 * @param text JSON that was parsed before, so that it is well-formed
 * @returns undefined when it is no object, or has no such property
 */
export function exactProperty(text: string, name: string): string | undefined {
  const scanner = createScanner(text, true);
  let found: string | undefined;
  let depth = 0;
  let key = '';
  /** Null: between the values of that name. */
  let tokens: string | null = null;
  // The end is a token without length.
  for (scanner.scan(); scanner.getTokenLength() > 0; scanner.scan()) {
    const start = scanner.getTokenOffset();
    const token = text.slice(start, start + scanner.getTokenLength());
    if (token === '}' || token === ']') depth -= 1;
    if (depth === 0 || (depth === 1 && token === ',')) {
      found = tokens ?? found;
      tokens = null;
    } else if (tokens !== null) tokens += token;
    else if (depth === 1 && token.startsWith('"')) key = scanner.getTokenValue();
    else if (depth === 1 && token === ':' && key === name) tokens = '';
    if (token === '{' || token === '[') depth += 1;
  }
  return found;
}
