/** Who is in a conversation besides the one who wants to go, or to be less. */
export interface Others {
  readonly members: number;
  readonly owners: number;
}

/**
 * The last owner may go, or be less, only when nobody else is in: else nobody could ever make anybody an owner again but a
 * server. A server itself may leave a conversation without an owner.
 */
export function mustStayOwner(role: 'owner' | 'manager' | 'member', others: Others): boolean {
  return role === 'owner' && others.owners === 0 && others.members > 0;
}
