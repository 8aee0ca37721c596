/** Stands in an answer for JSON text that is to leave as it is. */
export class ExactJson {
  constructor(readonly text: string) {}
}

/** Nobody who writes a request can guess it, so that no text is taken for a place holder. */
const secret = globalThis.crypto.randomUUID();

/** Exact texts of one piece of JSON while it is written: place holders stand for them until it is. */
export class ExactTexts {
  private texts: string[] = [];

  /** For `JSON.stringify`. */
  replacer(value: unknown): unknown {
    return value instanceof ExactJson ? `${secret}:${String(this.texts.push(value.text) - 1)}` : value;
  }

  restore(json: string): string {
    if (this.texts.length === 0) return json;
    return json.replaceAll(places, (_whole, index: string) => this.texts[Number(index)] ?? 'null');
  }

  clear(): void {
    this.texts = [];
  }
}

const places = new RegExp(`"${secret}:(\\d+)"`, 'g');

/** As `JSON.stringify`, with the text of every `ExactJson` as it is. */
export function stringifyExactly(value: unknown): string {
  const texts = new ExactTexts();
  return texts.restore(JSON.stringify(value, (_key, item: unknown) => texts.replacer(item)));
}
