import { Controller } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import type { z } from 'zod';
import { HooklineError } from '#contracts/errors.js';
import {
  createHookServer,
  deleteHookServer,
  getHookServer,
  leanEngineCredentials,
  leanEngineCredentialsPatch,
  listHookServers,
  refreshHookServer,
  updateHookServer,
  type HookServer,
} from '#contracts/hooks/servers.js';
import { Answers } from '#platform/bus/answers.js';
import { fingerprintOf } from '#platform/idempotency/fingerprint.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { Sealing } from '#platform/security/sealing.js';
import { HookServersStore, type StoredHookServer } from '../store/hook-servers.store.js';
import { ChangeHookServers } from './change-hook-servers.js';
import { credentialsOf, hookServerView } from './hook-server-view.js';
import { RefreshHookServer } from './refresh-hook-server.js';

type OfServer = z.output<typeof getHookServer.question>;

@Controller()
export class HookServersController {
  constructor(
    private readonly servers: HookServersStore,
    private readonly change: ChangeHookServers,
    private readonly refreshServer: RefreshHookServer,
    private readonly outgoing: OutgoingHttp,
    private readonly sealing: Sealing,
  ) {}

  @Answers(createHookServer)
  async create(question: z.output<typeof createHookServer.question>): Promise<HookServer> {
    const { applicationId, request, server } = question;
    const { credentials: credentialsSealed, protocol: _protocol, ...settings } = server;
    const credentials = leanEngineCredentials.parse(this.opened(credentialsSealed));
    const once = { applicationId, request, fingerprint: fingerprintOf({ ...settings, credentials }) };
    const url = await this.checked(settings.url);
    const id = await this.change.create(once, uuidv7(), { ...settings, url, credentialsSealed });
    return this.refresh({ applicationId, serverId: id });
  }

  @Answers(updateHookServer)
  async update(question: z.output<typeof updateHookServer.question>): Promise<HookServer> {
    const { applicationId, serverId, request, patch } = question;
    const { credentials: sealedChange, ...changes } = patch;
    const credentials =
      sealedChange === undefined ? undefined : leanEngineCredentialsPatch.parse(this.opened(sealedChange));
    const once = {
      applicationId,
      request,
      fingerprint: fingerprintOf({ serverId, ...changes, credentials }),
    };
    const url = changes.url === undefined ? undefined : await this.checked(changes.url);
    await this.change.update(once, serverId, (server) => {
      const merged = { ...credentialsOf(this.sealing, server), ...credentials };
      return {
        url: url ?? server.url,
        credentialsSealed: this.sealing.seal(JSON.stringify(merged)),
        sendLegacySign: changes.sendLegacySign === undefined ? server.sendLegacySign : changes.sendLegacySign,
        position: changes.position ?? server.position,
        deadline: changes.deadline ?? server.deadline,
        failurePolicy: changes.failurePolicy ?? server.failurePolicy,
        enabled: changes.enabled ?? server.enabled,
      };
    });
    return this.refresh({ applicationId, serverId });
  }

  @Answers(listHookServers)
  async list({
    applicationId,
  }: z.output<typeof listHookServers.question>): Promise<z.output<typeof listHookServers.answer>> {
    const servers = await this.servers.list(applicationId);
    return { servers: servers.map((server) => this.view(server)) };
  }

  @Answers(getHookServer)
  async get({ applicationId, serverId }: OfServer): Promise<HookServer> {
    const server = await this.servers.find(applicationId, serverId);
    if (server === null) throw new HooklineError('hook_server_not_found');
    return this.view(server);
  }

  @Answers(deleteHookServer)
  async delete({ applicationId, serverId }: OfServer): Promise<z.output<typeof deleteHookServer.answer>> {
    await this.change.delete(applicationId, serverId);
    return {};
  }

  @Answers(refreshHookServer)
  async refresh(question: OfServer): Promise<HookServer> {
    await this.get(question);
    await this.refreshServer.now(question.serverId);
    return this.get(question);
  }

  private async checked(given: string): Promise<string> {
    if ((await this.outgoing.checkUrl(given)) !== 'allowed') throw new HooklineError('address_not_allowed');
    return given.replace(/\/+$/, '');
  }

  private view(server: StoredHookServer): HookServer {
    return hookServerView(server, credentialsOf(this.sealing, server));
  }

  private opened(sealed: string): unknown {
    return JSON.parse(this.sealing.open(sealed));
  }
}
