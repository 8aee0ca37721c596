import { Module, type DynamicModule } from '@nestjs/common';
import { ApplicationsController } from './applications/applications.controller.js';
import { BroadcastChanges } from './broadcasts/broadcast-changes.js';
import { BroadcastDrafts } from './broadcasts/broadcast-drafts.js';
import { BroadcastHooks } from './broadcasts/broadcast-hooks.js';
import { BroadcastsController } from './broadcasts/broadcasts.controller.js';
import { DeleteBroadcast } from './broadcasts/delete-broadcast.js';
import { SendBroadcast } from './broadcasts/send-broadcast.js';
import { ChangeConversationController } from './change-conversation/change-conversation.controller.js';
import { ConversationEnd } from './change-conversation/conversation-end.js';
import { ConversationExpiry } from './change-conversation/conversation-expiry.js';
import { ServiceUnlisting } from './change-conversation/service-unlisting.js';
import { DeleteConversation } from './change-conversation/delete-conversation.js';
import { ConversationUpdate } from './change-conversation/conversation-update.js';
import { UpdateConversation } from './change-conversation/update-conversation.js';
import { DeleteApplicationController } from './applications/delete-application.controller.js';
import { CredentialsChange } from './applications/credentials-change.js';
import { FormerKeys } from './applications/former-keys.js';
import { KeysController } from './applications/keys.controller.js';
import {
  ConversationConfiguration,
  conversationConfiguration,
  type ConversationSettings,
} from './conversation.config.js';
import { ChangeMessageController } from './change-message/change-message.controller.js';
import { MessageChanges } from './change-message/message-changes.js';
import { DeleteMessage } from './change-message/delete-message.js';
import { RecallMessage } from './change-message/recall-message.js';
import { TargetMessages } from './change-message/target-messages.js';
import { UpdateMessage } from './change-message/update-message.js';
import { UpdateVerdicts } from './change-message/update-verdicts.js';
import { CreateConversation } from './create-conversation/create-conversation.js';
import { NewConversations } from './create-conversation/new-conversations.js';
import { CreateConversationController } from './create-conversation/create-conversation.controller.js';
import { FileAccess } from './files/file-access.js';
import { FilesController } from './files/files.controller.js';
import { FilesHousekeeping } from './files/files-housekeeping.js';
import { ApplicationErasure } from './erasure/application-erasure.js';
import { ErasureElsewhere } from './erasure/erasure-elsewhere.js';
import { UserErasure } from './erasure/user-erasure.js';
import { HookRegistryController } from './hooks/hook-registry.controller.js';
import { HookRegistry } from './hooks/hook-registry.port.js';
import { HookedOperations } from './hooks/hooked-operations.port.js';
import { OperationHooks } from './hooks/operation-hooks.port.js';
import { BeforeHooksStore } from './store/before-hooks.store.js';
import { HookContextStore } from './store/hook-context.store.js';
import { EphemeralHooks } from './ephemeral/ephemeral-hooks.js';
import { SignalsController } from './ephemeral/signals.controller.js';
import { ExpiredBroadcasts } from './housekeeping/expired-broadcasts.js';
import { ExpiredMessages } from './housekeeping/expired-messages.js';
import { ConversationPurge } from './housekeeping/conversation-purge.js';
import { EventRetention } from './housekeeping/event-retention.js';
import { ForgottenOccurrences } from './housekeeping/forgotten-occurrences.js';
import { Housekeeping } from './housekeeping/housekeeping.js';
import { LivePublisher } from './live/live-publisher.port.js';
import { BlockExpiry } from './housekeeping/block-expiry.js';
import { AddMembers } from './member-changes/add-members.js';
import { Admission } from './member-changes/admission.js';
import { BlockUser } from './member-changes/block-user.js';
import { ChangeRole } from './member-changes/change-role.js';
import { ConversationBlocksController } from './member-changes/conversation-blocks.controller.js';
import { InviteMembers } from './member-changes/invite-members.js';
import { JoinConversation } from './member-changes/join-conversation.js';
import { LeaveConversation } from './member-changes/leave-conversation.js';
import { MemberChanges } from './member-changes/member-changes.port.js';
import { MemberOperation } from './member-changes/member-operation.js';
import { MemberListsController } from './member-changes/member-lists.controller.js';
import { MembersController } from './member-changes/members.controller.js';
import { MembershipController } from './member-changes/membership.controller.js';
import { MuteConversation } from './member-changes/mute-conversation.js';
import { RemoveMember } from './member-changes/remove-member.js';
import { SilenceMember } from './member-changes/silence-member.js';
import { ViewMembersController } from './member-changes/view-members.controller.js';
import { Occurrences } from './occurrences/occurrences.port.js';
import { OccurrencesController } from './occurrences/occurrences.controller.js';
import { FilteredAttributes } from './outbox/filtered-attributes.js';
import { OutboxRelay } from './outbox/relay.js';
import { ReadRangeController } from './outbox/read-range.controller.js';
import { RepublishController } from './outbox/republish.controller.js';
import { Permissions } from './permissions/permissions.port.js';
import { PresenceController } from './presence/presence.controller.js';
import { ReceiversOffline } from './presence/receivers-offline.js';
import { ReceiptsController } from './receipts/receipts.controller.js';
import { ReceiptEvents } from './receipts/receipt-events.js';
import { ReceiptNotices } from './receipts/receipt-notices.js';
import { ReceiptEventsController } from './receipts/receipt-events.controller.js';
import { RecordReceipts } from './receipts/record-receipts.port.js';
import { EnterRoom } from './rooms/enter-room.js';
import { RoomDoor } from './rooms/room-door.js';
import { RoomsController } from './rooms/rooms.controller.js';
import { UserPresenceController } from './presence/user-presence.controller.js';
import { EventWriter } from './send-event/event-writer.js';
import { PassHooks } from './send-event/pass-hooks.port.js';
import { SendEventController } from './send-event/send-event.controller.js';
import { SendEvent } from './send-event/send-event.js';
import { LeaseReaper } from './sessions/lease-reaper.js';
import { MissedNotifications } from './sessions/missed-notifications.js';
import { SessionEndsController } from './sessions/session-ends.controller.js';
import { SessionEnds } from './sessions/session-ends.port.js';
import { RefreshSessionController } from './sessions/refresh-session.controller.js';
import { ResumePointsController } from './sessions/resume-points.controller.js';
import { SessionsController } from './sessions/sessions.controller.js';
import { AppendStore } from './store/append.store.js';
import { ApplicationErasuresStore } from './store/application-erasures.store.js';
import { ApplicationKeysStore } from './store/application-keys.store.js';
import { ApplicationsStore } from './store/applications.store.js';
import { ConversationChangesStore } from './store/conversation-changes.store.js';
import { ConversationListsStore } from './store/conversation-lists.store.js';
import { BlocksStore } from './store/blocks.store.js';
import { BroadcastAbsenteesStore } from './store/broadcast-absentees.store.js';
import { BroadcastCursorsStore } from './store/broadcast-cursors.store.js';
import { BroadcastsStore } from './store/broadcasts.store.js';
import { ConversationsStore } from './store/conversations.store.js';
import { EventPlacesStore } from './store/event-places.store.js';
import { EventRangesStore } from './store/event-ranges.store.js';
import { FilesStore } from './store/files.store.js';
import { LeasesStore } from './store/leases.store.js';
import { MemberListsStore } from './store/member-lists.store.js';
import { MembersStore } from './store/members.store.js';
import { MessagesStore } from './store/messages.store.js';
import { MissedStore } from './store/missed.store.js';
import { OccurrencesStore } from './store/occurrences.store.js';
import { OncePerKey } from './store/once-per-key.js';
import { OutboxStore } from './store/outbox.store.js';
import { PresenceStore } from './store/presence.store.js';
import { PurgeStore } from './store/purge.store.js';
import { ReceiptEventsStore } from './store/receipt-events.store.js';
import { ResumePointsStore } from './store/resume-points.store.js';
import { ReceiptsStore } from './store/receipts.store.js';
import { RequestsStore } from './store/requests.store.js';
import { RetentionStore } from './store/retention.store.js';
import { RoomsStore } from './store/rooms.store.js';
import { SessionEndsStore } from './store/session-ends.store.js';
import { SessionChangesStore } from './store/session-changes.store.js';
import { SessionsStore } from './store/sessions.store.js';
import { ServiceTimelineStore } from './store/service-timeline.store.js';
import { SubscribersStore } from './store/subscribers.store.js';
import { StayListsStore } from './store/stay-lists.store.js';
import { StaysStore } from './store/stays.store.js';
import { TimelineStore } from './store/timeline.store.js';
import { UnlistingStore } from './store/unlisting.store.js';
import { UnreadStore } from './store/unread.store.js';
import { UserErasuresStore } from './store/user-erasures.store.js';
import { UserExportsStore } from './store/user-exports.store.js';
import { UserTracesStore } from './store/user-traces.store.js';
import { UsersStore } from './store/users.store.js';
import { TimelineChanges } from './timeline-changes/timeline-changes.port.js';
import { CountUnread } from './unread/count-unread.js';
import { UnreadController } from './unread/unread.controller.js';
import { UserBlocksController } from './user-blocks/user-blocks.controller.js';
import { TokensStore } from './store/tokens.store.js';
import { UserPresenceStore } from './store/user-presence.store.js';
import { TokensController } from './tokens/tokens.controller.js';
import { UserExport } from './user-export/user-export.js';
import { UserExportController } from './user-export/user-export.controller.js';
import { UsersController } from './users/users.controller.js';
import { ConversationAccess } from './view-conversations/access.port.js';
import { EventsBetweenController } from './view-conversations/events-between.controller.js';
import { StoredEventsController } from './view-conversations/stored-events.controller.js';
import { ViewStaysController } from './view-stays/view-stays.controller.js';
import { ViewConversationsController } from './view-conversations/view-conversations.controller.js';

const stores = [
  AppendStore,
  ApplicationErasuresStore,
  ApplicationKeysStore,
  ApplicationsStore,
  BlocksStore,
  BroadcastAbsenteesStore,
  BroadcastCursorsStore,
  BroadcastsStore,
  ConversationChangesStore,
  ConversationListsStore,
  ConversationsStore,
  EventPlacesStore,
  EventRangesStore,
  FilesStore,
  LeasesStore,
  MemberListsStore,
  MembersStore,
  MessagesStore,
  MissedStore,
  OccurrencesStore,
  OncePerKey,
  OutboxStore,
  PresenceStore,
  PurgeStore,
  ReceiptEventsStore,
  ResumePointsStore,
  ReceiptsStore,
  RequestsStore,
  RetentionStore,
  RoomsStore,
  SessionChangesStore,
  SessionEndsStore,
  SessionsStore,
  StayListsStore,
  StaysStore,
  ServiceTimelineStore,
  SubscribersStore,
  TimelineStore,
  UnlistingStore,
  UnreadStore,
  UserErasuresStore,
  UserExportsStore,
  UserTracesStore,
  TokensStore,
  UserPresenceStore,
  UsersStore,
];

/** How members come, change and go. */
const memberChanges = [
  AddMembers,
  Admission,
  BlockUser,
  ChangeRole,
  InviteMembers,
  JoinConversation,
  LeaveConversation,
  MemberChanges,
  MemberOperation,
  MuteConversation,
  RemoveMember,
  SilenceMember,
];

/** Messages for all users of an application. */
const broadcasts = [
  BroadcastChanges,
  BroadcastDrafts,
  BroadcastHooks,
  DeleteBroadcast,
  ExpiredBroadcasts,
  SendBroadcast,
];

/** The timeline and its rules; the only writer of conversations, members and events. */
@Module({
  controllers: [
    ApplicationsController,
    BroadcastsController,
    ChangeConversationController,
    ChangeMessageController,
    ConversationBlocksController,
    CreateConversationController,
    DeleteApplicationController,
    FilesController,
    HookRegistryController,
    KeysController,
    MemberListsController,
    MembersController,
    MembershipController,
    OccurrencesController,
    PresenceController,
    ReceiptsController,
    ReadRangeController,
    RepublishController,
    RoomsController,
    SendEventController,
    SessionEndsController,
    RefreshSessionController,
    ResumePointsController,
    SessionsController,
    SignalsController,
    UnreadController,
    UserBlocksController,
    TokensController,
    UserExportController,
    UserPresenceController,
    UsersController,
    ViewConversationsController,
    EventsBetweenController,
    StoredEventsController,
    ViewStaysController,
    ReceiptEventsController,
    ViewMembersController,
  ],
  providers: [
    ...stores,
    ...memberChanges,
    ...broadcasts,
    ApplicationErasure,
    BlockExpiry,
    ConversationAccess,
    ConversationEnd,
    ConversationExpiry,
    ConversationPurge,
    ConversationUpdate,
    CountUnread,
    CreateConversation,
    DeleteConversation,
    CredentialsChange,
    EnterRoom,
    EphemeralHooks,
    ErasureElsewhere,
    EventRetention,
    EventWriter,
    ExpiredMessages,
    ForgottenOccurrences,
    FormerKeys,
    FileAccess,
    FilesHousekeeping,
    HookRegistry,
    HookContextStore,
    BeforeHooksStore,
    HookedOperations,
    OperationHooks,
    Housekeeping,
    LeaseReaper,
    LivePublisher,
    MessageChanges,
    MissedNotifications,
    NewConversations,
    Occurrences,
    FilteredAttributes,
    OutboxRelay,
    PassHooks,
    Permissions,
    ReceiptEvents,
    ReceiptNotices,
    RecordReceipts,
    DeleteMessage,
    RecallMessage,
    ReceiversOffline,
    RoomDoor,
    SendEvent,
    TargetMessages,
    ServiceUnlisting,
    SessionEnds,
    TimelineChanges,
    UserErasure,
    UserExport,
    UpdateConversation,
    UpdateMessage,
    UpdateVerdicts,
  ],
})
export class ConversationModule {
  static forSettings(settings: ConversationSettings): DynamicModule {
    return {
      module: ConversationModule,
      providers: [{ provide: ConversationConfiguration, useValue: conversationConfiguration(settings) }],
    };
  }
}
