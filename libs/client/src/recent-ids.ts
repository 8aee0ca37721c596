/** More than a server sends again after a failure. */
const kept = 1_000;

/** Ids of the newest events that were heard. */
export class RecentIds {
  /** In the order in which they were added. */
  private readonly ids = new Set<string>();

  has(id: string): boolean {
    return this.ids.has(id);
  }

  add(id: string): void {
    this.ids.add(id);
    const [oldest] = this.ids;
    if (this.ids.size > kept && oldest !== undefined) this.ids.delete(oldest);
  }
}
