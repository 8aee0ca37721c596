// @ts-check

/**
 * What arrives while a batch is being written forms the next. Items of one conversation are always the same writer's.
 * @template {{conversationKey: number}} Item
 * @template Result
 * @param {readonly ((items: Item[]) => Promise<Result[]>)[]} writers one result per item, in order
 * @returns {(item: Item) => Promise<Result>}
 */
export function groupCommit(writers) {
  const lanes = writers.map((write) => ({
    write,
    isRunning: false,
    waiting:
      /** @type {{item: Item, resolve: (result: Result) => void, reject: (error: unknown) => void}[]} */ ([]),
  }));
  /** @param {(typeof lanes)[number]} lane */
  const run = async (lane) => {
    if (lane.isRunning) return;
    lane.isRunning = true;
    while (lane.waiting.length > 0) {
      const batch = lane.waiting.splice(0);
      try {
        const results = await lane.write(batch.map(({ item }) => item));
        for (const [index, { resolve }] of batch.entries()) resolve(/** @type {Result} */ (results[index]));
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    lane.isRunning = false;
  };
  return (item) =>
    new Promise((resolve, reject) => {
      const lane = /** @type {(typeof lanes)[number]} */ (lanes[item.conversationKey % lanes.length]);
      lane.waiting.push({ item, resolve, reject });
      void run(lane);
    });
}
