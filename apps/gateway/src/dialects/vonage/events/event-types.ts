/** Native types behind those of Vonage's. Messages are of one native type, whatever they hold. */
const byType: Readonly<Record<string, readonly string[]>> = {
  text: ['message'],
  image: ['message'],
  message: ['message'],
  'text:update': ['message.updated'],
  'event:delete': ['message.recalled'],
  'member:invited': ['member.invited'],
  'member:joined': ['member.joined'],
  'member:left': ['member.left'],
  'member:*': ['member.invited', 'member.joined', 'member.updated', 'member.left'],
  'custom:*': ['custom:*'],
  'conversation:updated': ['conversation.updated'],
};

/** The native types that a filter asks for; one that stands for nothing finds nothing. */
export function typesOf(filter: string): string[] {
  const receipt = /^(?:text|image|message|event):(seen|delivered|\*)$/.exec(filter)?.[1];
  if (receipt === 'seen') return ['receipt.read'];
  if (receipt === 'delivered') return ['receipt.delivered'];
  if (receipt === '*') return ['message', 'message.updated', 'receipt.read', 'receipt.delivered'];
  return [...(byType[filter] ?? [filter])];
}

/** Native types are coarser than Vonage's: whether what was found is what was asked for. */
export function isAskedFor(filter: string, type: string): boolean {
  return filter.endsWith('*') ? type.startsWith(filter.slice(0, -1)) : type === filter;
}
