import { vonageUserId } from '#contracts/vonage/ids.js';
import type { User } from '#contracts/users.js';
import type { Root } from '#contracts/vonage/person.js';

/** A user of v0.3 and v1. */
export function userView(root: Root, version: string, { id, uid, displayName, attributes }: User): object {
  const { imageUrl, channels, customData, vonage } = attributes;
  const { ttl, type } = (vonage ?? {}) as { ttl?: number; type?: string };
  return {
    id: vonageUserId(uid),
    name: id,
    ...(displayName !== null && { display_name: displayName }),
    ...(imageUrl !== undefined && { image_url: imageUrl }),
    ...(channels !== undefined && { channels }),
    properties: {
      ...(ttl !== undefined && { ttl }),
      ...(type !== undefined && { type }),
      custom_data: customData ?? {},
    },
    _links: { self: { href: `${root}/${version}/users/${vonageUserId(uid)}` } },
  };
}

/** The same, flat, of v0.1 and v0.2. */
export function legacyUserView(root: Root, version: string, user: User): object {
  const { imageUrl } = user.attributes;
  const id = vonageUserId(user.uid);
  return {
    id,
    name: user.id,
    display_name: user.displayName ?? user.id,
    ...(imageUrl !== undefined && { image_url: imageUrl }),
    href: `${root}/${version}/users/${id}`,
  };
}
