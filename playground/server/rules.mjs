// @ts-check
// The little moderation rules of the playground: what a hook server of yours would decide in its own way.

/**
 * @typedef {object} Rule
 * @property {'replace' | 'drop' | 'reject' | 'whisper'} kind
 * @property {string} pattern what the text has to contain, in any case
 * @property {string} [replacement] of kind `replace`
 * @property {boolean} enabled
 */

/** @type {readonly Rule[]} */
export const firstRules = [
  { kind: 'replace', pattern: 'crap', replacement: '**', enabled: true },
  { kind: 'drop', pattern: 'spam', enabled: true },
  { kind: 'reject', pattern: 'casino', enabled: true },
  { kind: 'whisper', pattern: 'psst', enabled: false },
];

const kinds = new Set(['replace', 'drop', 'reject', 'whisper']);
const mostRules = 20;
const longestText = 100;

/**
 * @param {unknown} value
 * @returns {Rule[] | null} null: these are no rules
 */
export function readRules(value) {
  if (!Array.isArray(value) || value.length > mostRules) return null;
  /** @param {any} rule */
  const isRule = (rule) =>
    kinds.has(rule?.kind) &&
    isShort(rule.pattern) &&
    (rule.replacement === undefined || isShort(rule.replacement)) &&
    typeof rule.enabled === 'boolean';
  return value.every(isRule) ? value : null;
}

/** @param {unknown} text */
const isShort = (text) => typeof text === 'string' && text.length <= longestText;

/**
 * What becomes of a text, and which rules made it so. The first that refuses decides.
 *
 * @param {readonly Rule[]} rules
 * @param {string} text
 * @returns {{answer: object, matched: number[]}} `matched`: places in the list
 */
export function moderate(rules, text) {
  let changed = text;
  let isWhispered = false;
  /** @type {number[]} */
  const matched = [];
  for (const [index, { kind, pattern, replacement = '', enabled }] of rules.entries()) {
    if (!enabled || pattern === '' || !changed.toLowerCase().includes(pattern.toLowerCase())) continue;
    matched.push(index);
    switch (kind) {
      case 'drop':
        return { answer: { action: 'drop' }, matched };
      case 'reject':
        return { answer: { action: 'reject', code: 4001, detail: `Not with "${pattern}"` }, matched };
      case 'replace':
        changed = changed.replace(
          new RegExp(pattern.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'gi'),
          () => replacement,
        );
        break;
      case 'whisper':
        isWhispered = true;
    }
  }
  const answer = {
    ...(changed !== text && { content: { type: 'text', text: changed || '…' } }),
    // Nobody but the sender: it looks sent, and is not heard.
    ...(isWhispered && { recipients: [] }),
  };
  return { answer, matched };
}
