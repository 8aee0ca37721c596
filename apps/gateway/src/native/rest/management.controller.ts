import { Controller } from '@nestjs/common';
import {
  createApplication,
  createUser,
  getUser,
  updateApplication,
  type ApplicationWithKeys,
} from '#contracts/applications.js';
import { createHook, deleteHook, listHooks } from '#contracts/hooks.js';
import { listPushNotifications } from '#contracts/push.js';
import { operations } from '#contracts/rest/operations.js';
import { createWebhook, deleteWebhook, listWebhooks } from '#contracts/webhooks.js';
import { Bus } from '#platform/bus/bus.js';
import { Authentication } from '../../auth/authentication.port.js';
import { FromRequest, Operates, type Requested } from './operates.js';

type Answered = Promise<unknown>;

/** What servers manage: applications, users and their tokens, hooks, webhooks. */
@Controller()
export class ManagementController {
  constructor(
    private readonly bus: Bus,
    private readonly authentication: Authentication,
  ) {}

  @Operates(operations.createApplication)
  createApplication(
    @FromRequest() { body, idempotency }: Requested<typeof operations.createApplication>,
  ): Promise<ApplicationWithKeys> {
    return this.bus.ask(createApplication, { request: idempotency, application: body });
  }

  @Operates(operations.updateApplication)
  updateApplication(
    @FromRequest() { parameters, body, idempotency }: Requested<typeof operations.updateApplication>,
  ): Answered {
    return this.bus.ask(updateApplication, { ...parameters, request: idempotency, change: body });
  }

  @Operates(operations.createUser)
  createUser(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createUser>,
  ): Answered {
    return this.bus.ask(createUser, {
      applicationId: caller.applicationId,
      request: idempotency,
      user: body,
    });
  }

  @Operates(operations.getUser)
  getUser(@FromRequest() { caller, parameters }: Requested<typeof operations.getUser>): Answered {
    return this.bus.ask(getUser, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.createToken)
  async createToken(
    @FromRequest() { caller, parameters, body }: Requested<typeof operations.createToken>,
  ): Promise<{ token: string; expiresAt: number }> {
    const { id } = await this.bus.ask(getUser, { applicationId: caller.applicationId, ...parameters });
    return this.authentication.mint(caller.applicationId, id, body.expiresIn);
  }

  @Operates(operations.createHook)
  createHook(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createHook>,
  ): Answered {
    return this.bus.ask(createHook, {
      applicationId: caller.applicationId,
      request: idempotency,
      hook: body,
    });
  }

  @Operates(operations.listHooks)
  listHooks(@FromRequest() { caller }: Requested<typeof operations.listHooks>): Answered {
    return this.bus.ask(listHooks, { applicationId: caller.applicationId });
  }

  @Operates(operations.deleteHook)
  async deleteHook(
    @FromRequest() { caller, parameters }: Requested<typeof operations.deleteHook>,
  ): Promise<void> {
    await this.bus.ask(deleteHook, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.createWebhook)
  createWebhook(
    @FromRequest() { caller, body, idempotency }: Requested<typeof operations.createWebhook>,
  ): Answered {
    return this.bus.ask(createWebhook, {
      applicationId: caller.applicationId,
      request: idempotency,
      webhook: body,
    });
  }

  @Operates(operations.listWebhooks)
  listWebhooks(@FromRequest() { caller }: Requested<typeof operations.listWebhooks>): Answered {
    return this.bus.ask(listWebhooks, { applicationId: caller.applicationId });
  }

  @Operates(operations.deleteWebhook)
  async deleteWebhook(
    @FromRequest() { caller, parameters }: Requested<typeof operations.deleteWebhook>,
  ): Promise<void> {
    await this.bus.ask(deleteWebhook, { applicationId: caller.applicationId, ...parameters });
  }

  @Operates(operations.listPushNotifications)
  listPushNotifications(
    @FromRequest() { caller, query }: Requested<typeof operations.listPushNotifications>,
  ): Answered {
    const { cursor = null, limit, userId = null } = query;
    return this.bus.ask(listPushNotifications, {
      applicationId: caller.applicationId,
      cursor,
      limit,
      userId,
    });
  }
}
