/** Which conversations a hook is about. */
export interface HookFilter {
  /** None: all. */
  readonly kinds: readonly string[];
  /** An attribute that the conversation has, with exactly this value; null: whatever it has. */
  readonly attribute: {
    readonly name: string;
    readonly value: string | number | boolean | null;
  } | null;
}

/** Whether a hook is to be asked or told about something in this conversation; without one, every hook is. */
export function concerns(
  { kinds, attribute }: HookFilter,
  conversation: { readonly kind: string; readonly attributes?: object | undefined } | undefined,
): boolean {
  if (conversation === undefined) return true;
  if (kinds.length > 0 && !kinds.includes(conversation.kind)) return false;
  if (attribute === null) return true;
  const has: Readonly<Record<string, unknown>> = { ...conversation.attributes };
  return Object.hasOwn(has, attribute.name) && has[attribute.name] === attribute.value;
}
