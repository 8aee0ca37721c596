// What a user has typed, as a number. It is read character by character, never run as a program.

const longest = 200;
/** So deep may brackets, signs and powers stand within each other. */
const deepest = 50;

/**
 * @param {string} expression with + - * / ^, brackets and decimal numbers
 * @returns {string | null} the number, or null for what has none
 */
export function evaluate(expression) {
  if (expression.length > longest) return null;
  const tokens = expression.match(/\d+(?:\.\d+)?|\.\d+|[-+*/^()]|\S/g) ?? [];
  const value = new Reader(tokens).whole();
  return Number.isFinite(value) ? String(Number(value.toPrecision(12))) : null;
}

class Reader {
  #at = 0;
  #depth = 0;
  #tokens;

  /** @param {readonly string[]} tokens */
  constructor(tokens) {
    this.#tokens = tokens;
  }

  /** @returns {number} NaN when there is anything wrong with it */
  whole() {
    const value = this.#sum();
    return this.#at === this.#tokens.length ? value : NaN;
  }

  #sum() {
    let value = this.#product();
    for (;;) {
      if (this.#take('+')) value += this.#product();
      else if (this.#take('-')) value -= this.#product();
      else return value;
    }
  }

  #product() {
    let value = this.#signed();
    for (;;) {
      if (this.#take('*')) value *= this.#signed();
      else if (this.#take('/')) value /= this.#signed();
      else return value;
    }
  }

  /** @returns {number} a sign binds less than a power: -2^2 is -4 */
  #signed() {
    this.#depth += 1;
    try {
      if (this.#depth > deepest) return NaN;
      if (this.#take('-')) return -this.#signed();
      if (this.#take('+')) return this.#signed();
      const base = this.#operand();
      // From the right: 2^3^2 is 2^9.
      return this.#take('^') ? base ** this.#signed() : base;
    } finally {
      this.#depth -= 1;
    }
  }

  #operand() {
    if (this.#take('(')) {
      const value = this.#sum();
      return this.#take(')') ? value : NaN;
    }
    const token = this.#tokens[this.#at];
    if (token === undefined || !/^[\d.]/.test(token)) return NaN;
    this.#at += 1;
    return Number(token);
  }

  /** @param {string} token */
  #take(token) {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at += 1;
    return true;
  }
}
