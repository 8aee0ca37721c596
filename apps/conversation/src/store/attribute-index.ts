import { limits } from '#contracts/limits.js';
import { indexedAttributes, type IndexedAttribute } from '#domain/conversations/indexed-attributes.js';
import type { JsonObject } from '#domain/conversations/merge-patch.js';
import type { Transaction } from '#platform/database/database.js';

interface Indexed {
  readonly applicationId: string;
  readonly key: bigint;
}

const longest = { name: limits.indexedAttributeNameBytes, value: limits.indexedAttributeValueBytes };

/** Keeps what conversations are found by as their attributes are; in the transaction that changes them. */
export async function reindexAttributes(
  transaction: Transaction,
  { applicationId, key }: Indexed,
  before: JsonObject,
  after: JsonObject,
): Promise<void> {
  const [old, current] = [before, after].map((attributes) => indexedAttributes(attributes, longest)) as [
    IndexedAttribute[],
    IndexedAttribute[],
  ];
  const gone = without(old, current);
  if (gone.length > 0) {
    await transaction.$executeRaw`
      DELETE FROM conversation.conversation_attribute AS indexed
      USING unnest(${gone.map(({ name }) => name)}::text[], ${gone.map(({ value }) => value)}::text[]) AS gone(name, value)
      WHERE indexed.application_id = ${applicationId} AND indexed.name = gone.name AND indexed.value = gone.value
        AND indexed.conversation_key = ${key}`;
  }
  const added = without(current, old);
  if (added.length > 0) {
    await transaction.conversationAttribute.createMany({
      data: added.map((attribute) => ({ applicationId, conversationKey: key, ...attribute })),
    });
  }
}

function without(some: readonly IndexedAttribute[], others: readonly IndexedAttribute[]): IndexedAttribute[] {
  const values = new Map(others.map(({ name, value }) => [name, value]));
  return some.filter(({ name, value }) => values.get(name) !== value);
}
