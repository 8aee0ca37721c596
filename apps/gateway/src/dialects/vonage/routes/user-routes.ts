import { Injectable } from '@nestjs/common';
import { v4 as uuidv4 } from 'uuid';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import { userId as userIdSchema } from '#contracts/identifiers.js';
import type { JsonValue } from '#contracts/json-value.js';
import { listSessions } from '#contracts/session-ends.js';
import { listStaysOfUser, stayState } from '#contracts/stays.js';
import {
  createUser,
  deleteUser,
  findUsers,
  getUser,
  listUsers,
  updateUser,
  type User,
} from '#contracts/users.js';
import { vonageMemberId } from '#contracts/vonage/ids.js';
import type { UserBody } from '#contracts/vonage/routes/user-routes.js';
import { isLegacy } from '#contracts/vonage/versions.js';
import { Bus } from '#platform/bus/bus.js';
import type { Person } from '#contracts/vonage/person.js';
import { Directory } from '../directory.js';
import { filled, Page } from '../paging.js';
import { replacedData, replacement, storable } from '../replacement.js';
import {
  created,
  done,
  found,
  userIdOf,
  type Reply,
  type Requested,
  type RouteHandlers,
} from '../requested.js';
import { conversationView } from '../views/conversation-views.js';
import { stateOf } from '../views/member-views.js';
import { embeddedUser } from '#contracts/vonage/person.js';
import { legacyUserView, userView } from '../views/user-views.js';

type Names =
  | 'createUser'
  | 'listUsers'
  | 'getUser'
  | 'updateUser'
  | 'deleteUser'
  | 'listUserConversations'
  | 'listUserSessions';

type StayOfUser = z.output<typeof listStaysOfUser.answer>['stays'][number];

/** Users: at Vonage one has a name, which is the native id, and an id, which is the native `uid`. */
@Injectable()
export class UserRoutes {
  constructor(
    private readonly bus: Bus,
    private readonly directory: Directory,
  ) {}

  readonly handlers: RouteHandlers<Names> = {
    createUser: async (request) => {
      const { caller, body } = request;
      const user = await this.bus.ask(createUser, {
        applicationId: caller.applicationId,
        request: null,
        user: {
          id: body.name ?? `NAM-${uuidv4()}`,
          ...(body.display_name !== undefined && { displayName: body.display_name }),
          attributes: attributesOf(body, {}),
        },
      });
      return created(viewOf(request, user));
    },
    listUsers: async (request) => {
      const { applicationId } = request.caller;
      const { order, page_size: limit, name } = request.query;
      const page = new Page(request, { name });
      const { users, nextCursor } =
        name === undefined
          ? await this.bus.ask(listUsers, { applicationId, order, limit, cursor: page.cursor })
          : { users: await this.named(applicationId, name), nextCursor: null };
      const views = users.map((user) => viewOf(request, user));
      if (request.version === 'v0.1') return found(views);
      const listed = { users: views };
      return found(page.body(isLegacy(request.version) ? { data: listed } : listed, nextCursor));
    },
    getUser: async (request) => {
      const { id: userId } = await this.own(request);
      const user = await this.bus.ask(getUser, { applicationId: request.caller.applicationId, userId });
      return found(viewOf(request, user));
    },
    updateUser: async (request) => {
      const { caller, body } = request;
      const { applicationId } = caller;
      const { id: userId } = await this.own(request);
      if (body.name !== undefined && body.name !== userId) throw unchangeable('name');
      const { attributes } = await this.bus.ask(getUser, { applicationId, userId });
      const change = {
        ...(body.display_name !== undefined && { displayName: body.display_name }),
        attributes: attributesOf(body, attributes),
      };
      const user = await this.bus.ask(updateUser, { applicationId, userId, request: null, change });
      this.directory.forget(applicationId, userId);
      return found(viewOf(request, user));
    },
    deleteUser: async (request) => {
      const { applicationId } = request.caller;
      const { id: userId } = await this.own(request);
      await this.bus.ask(deleteUser, { applicationId, userId, request: null, messages: 'keep' });
      this.directory.forget(applicationId, userId);
      return done;
    },
    listUserConversations: (request) => this.conversations(request),
    listUserSessions: async (request) => {
      const { applicationId } = request.caller;
      const person = await this.own(request);
      const { sessions } = await this.bus.ask(listSessions, { applicationId, userId: person.id });
      const page = new Page(request);
      const shown = sessions.flatMap(({ tag, dialect }) =>
        dialect === 'vonage' && tag !== null
          ? [
              {
                id: tag,
                _embedded: { user: embeddedUser(person), api_key: applicationId },
                properties: { ttl: 0 },
              },
            ]
          : [],
      );
      return found(page.body({ sessions: shown }, null));
    },
  };

  private async conversations(request: Requested<'listUserConversations'>): Promise<Reply> {
    const { caller, query, version, root, prefix } = request;
    const { id: userId } = await this.own(request);
    const { order, page_size: limit, state, date_start: start } = query;
    const page = new Page(request, { state, date_start: start });
    const states = state === undefined ? null : [stayState.parse(state.toLowerCase())];
    const isWanted = ({ conversation, stay }: StayOfUser): boolean =>
      // Whoever has left reads no more of it than anybody else.
      (caller.kind === 'master' || stay.state !== 'left' || conversation.joinRule === 'open') &&
      (start === undefined || conversation.createdAt >= Date.parse(start));
    const { items: stays, next } = await filled(limit, page.cursor, async (cursor, missing) => {
      const { applicationId } = caller;
      const asked = { applicationId, userId, states, order, limit: missing, cursor };
      const answer = await this.bus.ask(listStaysOfUser, asked);
      return { items: answer.stays.filter(isWanted), next: answer.nextCursor };
    });
    const items = stays.map(({ conversation, stay }) => {
      const member = { id: vonageMemberId(stay.id), state: stateOf(stay) };
      return {
        ...conversationView(root, prefix, conversation),
        ...(isLegacy(version)
          ? { member_id: member.id, state: member.state }
          : { _embedded: { ...member, member } }),
      };
    });
    if (version === 'v0.1') return found(items);
    const listed = { conversations: items };
    return found(page.body(isLegacy(version) ? { data: listed } : listed, next));
  }

  /** Of the others a user reads nothing here. @throws HooklineError user_not_found, forbidden */
  private async own({
    caller,
    parameters,
  }: Pick<Requested<'getUser'>, 'caller' | 'parameters'>): Promise<Person> {
    const me = userIdOf(caller);
    const person = await this.directory.referred(caller.applicationId, parameters.userId, me);
    if (me !== null && person.id !== me) throw new HooklineError('forbidden', 'This is another user');
    return person;
  }

  private async named(applicationId: string, name: string): Promise<readonly User[]> {
    // Nobody has a name that nobody can have.
    const id = userIdSchema.safeParse(name);
    if (!id.success) return [];
    return (await this.bus.ask(findUsers, { applicationId, by: { ids: [id.data] } })).users;
  }
}

function viewOf(
  { version, root, prefix }: Pick<Requested, 'version' | 'root' | 'prefix'>,
  user: User,
): object {
  return isLegacy(version) ? legacyUserView(root, prefix, user) : userView(root, prefix, user);
}

/** As a merge patch of those that it has. @throws HooklineError invalid_request */
function attributesOf(
  { image_url: imageUrl, channels, properties }: UserBody,
  before: User['attributes'],
): Record<string, JsonValue> {
  const { ttl, type, custom_data: customData } = properties ?? {};
  const own = { ...(ttl !== undefined && { ttl }), ...(type !== undefined && { type }) };
  const patch = {
    ...(imageUrl !== undefined && { imageUrl }),
    ...(channels !== undefined && { channels: replacement(before['channels'], channels) }),
    ...(customData !== undefined && { customData: replacedData(before['customData'], customData) }),
    ...(Object.keys(own).length > 0 && { vonage: own }),
  };
  return storable(before, patch, customData === undefined ? '/channels' : '/properties/custom_data');
}

export function unchangeable(name: string): HooklineError {
  return new HooklineError('invalid_request', `${name} cannot be changed`, {
    errors: [{ pointer: `/${name}`, detail: 'cannot be changed' }],
  });
}
