/** Who calls, in the order of the table's columns. The users are of one application and speak about one conversation. */
export const callers = [
  'stranger', // without credentials
  'outsider', // neither in the conversation nor invited
  'invited',
  'member',
  'manager',
  'owner',
  'silenced', // a member
  'blocked', // in the conversation: thrown out by that
  'master', // the application's key
  'foreigner', // another application's master key
  'installation', // its owner's key
] as const;
export type CallerName = (typeof callers)[number];

/** What a sign of the table stands for. */
export const signs: Readonly<Record<string, string>> = {
  '+': 'allowed',
  '?': 'unauthenticated',
  x: 'forbidden',
  m: 'not_a_member',
  r: 'insufficient_role',
  s: 'member_silenced',
  b: 'user_blocked',
  l: 'last_owner',
  j: 'member_exists',
  q: 'members_are_equal',
  w: 'not_the_sender',
  d: 'wrong_conversation_kind',
  // Nobody is asked who it is: the signature of the link counts, and this one is wrong.
  '-': 'link_not_valid',
  // Not of this application, or not to be seen: there is no such thing.
  c: 'conversation_not_found',
  o: 'broadcast_not_found',
  z: 'block_not_found',
  e: 'event_not_found',
  f: 'file_not_found',
  h: 'hook_not_found',
  g: 'hook_server_not_found',
  n: 'member_not_found',
  v: 'invalid_request', // It is said in the request for whom, and that is not the caller.
  i: 'session_not_found',
  u: 'user_not_found',
  k: 'webhook_not_found',
};

/**
 * Who may do what: every operation of the REST dialect and every command of sockets, written by hand. What is done to
 * somebody is done to another plain member, and the message is another plain member's, unless the row says otherwise.
 */
export const table = `
                            stranger
                            | outsider
                            | | invited
                            | | | member
                            | | | | manager
                            | | | | | owner
                            | | | | | | silenced
                            | | | | | | | blocked
                            | | | | | | | | master
                            | | | | | | | | | foreigner
                            | | | | | | | | | | installation
createApplication           ? x x x x x x x x x +
listApplications            ? x x x x x x x x x +
getApplication              ? x x x x x x x + x +
updateApplication           ? x x x x x x x + x +
deleteApplication           ? x x x x x x x x x +
rotateKey                   ? x x x x x x x + x +

createUser                  ? x x x x x x x + + x
listUsers                   ? x x x x x x x + + x
getUser                     ? x x x x x x x + u x
getUser/own                 ? + + + + + + + + u x
updateUser                  ? x x x x x x x + u x
updateUser/own              ? + + + + + + + + u x
exportUser                  ? x x x x x x x + u x
exportUser/own              ? + + + + + + + + u x
deleteUser                  ? x x x x x x x + u x
createToken                 ? x x x x x x x + u x

createConversation          ? + + + + + + + + u x
createConversation/service  ? x x x x x x x + + x
listConversations           ? + + + + + + + + + x
getConversation             ? m m + + + + m + c x
updateConversation          ? m m r + + r m + c x
deleteConversation          ? m m r r + r m + c x
getConversation/service     ? + + + + + + + + c x
updateConversation/service  ? m m r m m r m + c x
deleteConversation/service  ? m m r m m r m + c x

updateConversation/equal    ? m m + + + + m + c x
deleteConversation/equal    ? m m + + + + m + c x

listMembers                 ? m m + + + + m + c x
countMembers                ? x x x x x x x + c x
getMember                   ? m m + + + + m + c x
getMember/own               ? m + + + + + m + c x
inviteMembers               ? m m r + + r m + c x
listInvitations             ? + + + + + + + + + x
addMembers                  ? m m r + + r m + c x
joinConversation            ? m + j j j j m x x x
joinConversation/open       ? + + j j j j b x x x
leaveConversation           ? m + + + l + m x x x
removeMember                ? m m r + + r m + c x
updateMember                ? m m r r + r m + c x
transferOwnership           ? m m r r + r m + c x
silenceMember               ? m m r + + r m + c x
liftSilence                 ? m m r + + r m + c x
muteConversation            ? x x x x x x x + c x
unmuteConversation          ? x x x x x x x + c x
muteConversation/own        ? n n + + + + n + c x
unmuteConversation/own      ? n n + + + + n + c x
inviteMembers/equal         ? m m + + + + m + c x
addMembers/equal            ? m m + + + + m + c x
leaveConversation/equal     ? m + + + + + m x x x
removeMember/equal          ? m m + + + + m + c x
updateMember/equal          ? m m q q q q m q c x
transferOwnership/equal     ? m m q q q q m q c x
silenceMember/equal         ? m m + + + + m + c x
blockInConversation/equal   ? m m + + + + m + c x
blockInConversation         ? m m r + + r m + c x
unblockInConversation       ? m m r + + r m + c x
listConversationBlocks      ? m m r + + r m + c x
listMembers/service         ? m m r m m r m + c x
countMembers/service        ? x x x x x x x + c x
getMember/service           ? m m r m m r m + c x
inviteMembers/service       ? d d d d d d d d c x
addMembers/service          ? m m r m m r m + c x
joinConversation/service    ? + + j + + j b x x x
leaveConversation/service   ? m m + m m + m x x x
removeMember/service        ? m m r m m r m + c x
updateMember/service        ? d d d d d d d d c x
transferOwnership/service   ? d d d d d d d d c x
silenceMember/service       ? m m r m m r m + c x
liftSilence/service         ? m m r m m r m + c x
blockInConversation/service ? m m r m m r m + c x
unblockInConversation/service ? m m r m m r m + c x
listConversationBlocks/service ? m m r m m r m + c x

blockUser                   ? x x x x x x x + u x
blockUser/own               ? + + + + + + + + u x
getUserBlock                ? x x x x x x x + z x
getUserBlock/own            ? + + + + + + + + z x
listUserBlocks              ? x x x x x x x + + x
listUserBlocks/own          ? + + + + + + + + + x
unblockUser                 ? x x x x x x x + + x
unblockUser/own             ? + + + + + + + + + x

sendMessage                 ? m m + + + s m + u x
sendCustomEvent             ? m m + + + s m + u x
sendEphemeralEvent          ? m m + + + s m + c x
updateMessage               ? m m w w w s m + c x
updateMessage/own           ? m m + + + s m + c x
recallMessage               ? m m r + + r m + c x
recallMessage/own           ? m m + + + + m + c x
recallMessage/equal         ? m m + + + + m + c x
deleteMessage               ? x x x x x x x + c x
listEvents                  ? m m + + + + m + c x
sendMessage/service         ? + + + + + s b + u x
sendCustomEvent/service     ? + + + + + s b + u x
sendEphemeralEvent/service  ? + + + + + s b + c x
updateMessage/service       ? e e w e e s b + c x
recallMessage/service       ? e e r e e e b + c x
deleteMessage/service       ? x x x x x x x + c x
getEvent/service            ? e e + e e e e + c x
listEvents/service          ? + + + + + + + + c x
getEvent                    ? e e + + + + e + c x

sendBroadcast               ? x x x x x x x d c x
sendBroadcast/service       ? x x x x x x x + c x
listBroadcasts              ? x x x x x x x + + x
deleteBroadcast             ? x x x x x x x o o x
deleteBroadcast/broadcast   ? x x x x x x x + o x

sendReceipt                 ? m m + + + + m + c x
listReceipts                ? m m + + + + m + c x
getEventReceipts            ? m m + + + + m + c x
getUnread                   ? m m + + + + m + c x
sendReceipt/service         ? m m + m m + m + c x
getEventReceipts/service    ? m m r m m r m + c x
listReceipts/service        ? m m r m m r m + c x
getUnread/service           ? m m + m m + m + c x
listUnread                  ? + + + + + + + + + x
getUnreadTotal              ? + + + + + + + + + x
clearUnread                 ? + + + + + + + + + x

uploadFile                  ? + + + + + + + + + x
getFile                     ? f f f f f f f + f x
getFile/own                 ? + + + + + + + + f x
getFileContent              ? f f f f f f f + f x
getFileContent/own          ? + + + + + + + + f x
createFileLink              ? f f f f f f f + f x
createFileLink/own          ? + + + + + + + + f x
deleteFile                  ? f f f f f f f + f x
deleteFile/own              ? + + + + + + + + f x
getLinkedFile               - - - - - - - - - - -

createHook                  ? x x x x x x x + + x
listHooks                   ? x x x x x x x + + x
getHook                     ? x x x x x x x + h x
updateHook                  ? x x x x x x x + h x
rotateHookSecret            ? x x x x x x x + h x
dryRunHook                  ? x x x x x x x + h x
listHookRuns                ? x x x x x x x + h x
getHookStatistics           ? x x x x x x x + h x
deleteHook                  ? x x x x x x x + h x
createHookServer            ? x x x x x x x + + x
listHookServers             ? x x x x x x x + + x
getHookServer               ? x x x x x x x + g x
updateHookServer            ? x x x x x x x + g x
refreshHookServer           ? x x x x x x x + g x
deleteHookServer            ? x x x x x x x + g x
createWebhook               ? x x x x x x x + + x
listWebhooks                ? x x x x x x x + + x
getWebhook                  ? x x x x x x x + k x
updateWebhook               ? x x x x x x x + k x
rotateWebhookSecret         ? x x x x x x x + k x
rotateWebhookKey            ? x x x x x x x + k x
replayWebhookEvent          ? x x x x x x x + k x
createWebhookReplay         ? x x x x x x x + k x
listWebhookReplays          ? x x x x x x x + k x
getWebhookReplay            ? x x x x x x x + k x
cancelWebhookReplay         ? x x x x x x x + k x
testWebhook                 ? x x x x x x x + k x
listWebhookAttempts         ? x x x x x x x + k x
listWebhookDeliveries       ? x x x x x x x + k x
deleteWebhook               ? x x x x x x x + k x
listPushNotifications       ? x x x x x x x + + x

listPresences               ? + + + + + + + + + x
listSessions                ? v v v v v v v + u x
listSessions/own            ? + + + + + + + + u x
endSession                  ? i i i i i i i + i x
endSession/connected        ? + + + + + + + + i x
endSessions                 ? v v v v v v v + u x
endSessions/own             ? + + + + + + + + u x
revokeToken                 ? x x x x x x x + u x
revokeToken/own             ? + + + + + + + + u x
revokeTokens                ? x x x x x x x + u x
revokeTokens/own            ? + + + + + + + + u x

session.refresh             ? + + + + + + + ? ? ?
presence.subscribe          ? + + + + + + + ? ? ?
presence.unsubscribe        ? + + + + + + + ? ? ?
message.send                ? m m + + + s m ? ? ?
custom_event.send           ? m m + + + s m ? ? ?
message.send/service        ? + + + + + s b ? ? ?
message.update              ? m m w w w s m ? ? ?
message.recall              ? m m r + + r m ? ? ?
events.list                 ? m m + + + + m ? ? ?
events.list/service         ? + + + + + + + ? ? ?
receipt.send                ? m m + + + + m ? ? ?
ephemeral_event.send        ? m m + + + s m ? ? ?
ephemeral_message.send      ? m m + + + s m ? ? ?
ephemeral_message.send/service ? + + + + + s b ? ? ?
typing.start                ? m m + + + s m ? ? ?
typing.stop                 ? m m + + + + m ? ? ?
typing.start/service        ? d d d d d d d ? ? ?
room.enter                  ? d d d d d d d ? ? ?
room.enter/room             ? + + + + + + b ? ? ?
room.leave                  ? d d d d d d d ? ? ?
room.leave/room             ? + + + + + + + ? ? ?
`;

export interface Row {
  /** Of the operation or command; more rows of the same have a variant after a slash. */
  readonly name: string;
  readonly variant: string | undefined;
  /** By caller: `allowed`, or the code of the refusal. */
  readonly expected: Readonly<Record<CallerName, string>>;
}

/** @throws when a row is not complete, or has a sign that stands for nothing */
export function rowsOf(text: string): Row[] {
  const lines = text.split('\n').filter((line) => /^\w/.test(line));
  return lines.map((line) => {
    const [title = '', ...cells] = line.trim().split(/\s+/);
    if (cells.length !== callers.length || cells.some((cell) => signs[cell] === undefined))
      throw new Error(`the permission table's row ${title} has something wrong`);
    const [name = '', variant] = title.split('/');
    const expected = callers.map((caller, index) => [caller, signs[cells[index]!]!]);
    return { name, variant, expected: Object.fromEntries(expected) as Row['expected'] };
  });
}
