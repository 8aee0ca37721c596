import { Prisma } from '#prisma/client.js';

/**
 * Whether a stay is of somebody who is in the conversation. It is said twice for the planner: `<> 'left'` is what the index
 * of whoever is present has been made for. With the other half alone that index costs as much as the one of all stays there
 * ever were, and where many have come and gone the wrong one is read from end to end.
 */
export function isIn(stay: Prisma.Sql = Prisma.sql`member`): Prisma.Sql {
  return Prisma.sql`${stay}.state <> 'left' AND ${stay}.state = 'joined'`;
}
