/** Facts that do not change, as many as fit: what was not asked for the longest is forgotten first. */
export class Remembered<Value> {
  private readonly values = new Map<string, Value>();

  constructor(private readonly atMost: number) {}

  get(key: string): Value | undefined {
    const value = this.values.get(key);
    if (value === undefined) return undefined;
    // Behind all others.
    this.values.delete(key);
    this.values.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.values.delete(key);
    this.values.set(key, value);
    if (this.values.size <= this.atMost) return;
    for (const oldest of this.values.keys()) {
      this.values.delete(oldest);
      return;
    }
  }

  delete(key: string): void {
    this.values.delete(key);
  }
}
