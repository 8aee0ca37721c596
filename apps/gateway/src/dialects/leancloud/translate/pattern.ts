/** Whether a text has a pattern in it. */
type Test = (text: string) => boolean;

/** Characters that mean something in a regular expression, unless a backslash stands before them. */
const special = '.*+?()[]{}|^$\\';
/** After a backslash they stand for themselves. */
const isQuotable = (character: string): boolean => /[^A-Za-z0-9]/.test(character);

/**
 * Regular expressions of which nobody can make one that takes long: texts that stand for themselves (`\Q...\E` among
 * them), `.*` between them, `^` before and `$` after them. That is what LeanCloud's SDKs make of `contains`, `startsWith`
 * and `endsWith`.
 *
 * @returns undefined for any other expression
 */
export function patternOf(expression: string, options: string): Test | undefined {
  const parsed = parse(expression);
  if (parsed === undefined || !/^[ims]*$/.test(options)) return undefined;
  const fold = (text: string): string => (options.includes('i') ? text.toLowerCase() : text);
  const parts = parsed.parts.map(fold);
  return (text) => fits(fold(text), { ...parsed, parts });
}

interface Pattern {
  readonly parts: readonly string[];
  readonly isFromStart: boolean;
  readonly isToEnd: boolean;
}

function fits(text: string, { parts, isFromStart, isToEnd }: Pattern): boolean {
  const [first = '', ...others] = parts;
  const last = others.pop();
  if (last === undefined) {
    if (isFromStart && isToEnd) return text === first;
    if (isFromStart) return text.startsWith(first);
    return isToEnd ? text.endsWith(first) : text.includes(first);
  }
  let position = isFromStart ? (text.startsWith(first) ? 0 : -1) : text.indexOf(first);
  if (position < 0) return false;
  position += first.length;
  for (const part of others) {
    const found = text.indexOf(part, position);
    if (found < 0) return false;
    position = found + part.length;
  }
  return isToEnd
    ? text.length - last.length >= position && text.endsWith(last)
    : text.includes(last, position);
}

function parse(expression: string): Pattern | undefined {
  const isFromStart = expression.startsWith('^');
  const parts = [''];
  let isToEnd = false;
  const add = (text: string): void => {
    parts.push(`${parts.pop() ?? ''}${text}`);
  };
  for (let at = isFromStart ? 1 : 0; at < expression.length;) {
    const rest = expression.slice(at);
    const character = expression.charAt(at);
    if (rest === '$') {
      isToEnd = true;
      at += 1;
    } else if (rest.startsWith('\\Q')) {
      const end = expression.indexOf('\\E', at + 2);
      const until = end < 0 ? expression.length : end;
      add(expression.slice(at + 2, until));
      at = until + 2;
    } else if (character === '\\' && isQuotable(expression.charAt(at + 1))) {
      add(expression.charAt(at + 1));
      at += 2;
    } else if (rest.startsWith('.*')) {
      parts.push('');
      at += 2;
    } else if (special.includes(character)) {
      return undefined;
    } else {
      // A character with a quantifier behind it means something else.
      if ('*+?{'.includes(expression.charAt(at + 1)) && expression.charAt(at + 1) !== '') return undefined;
      add(character);
      at += 1;
    }
  }
  return { parts, isFromStart, isToEnd };
}
