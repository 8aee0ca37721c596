import { Module, type DynamicModule } from '@nestjs/common';
import { Bus } from '#platform/bus/bus.js';
import { NatsConnection } from '#platform/bus/nats-connection.js';
import { Database } from '#platform/database/database.js';
import { EventPipeline } from '#platform/durable/event-pipeline.js';
import { IdempotentRequests } from '#platform/idempotency/idempotent-requests.js';
import { Log } from '#platform/log.js';
import { OutgoingHttp } from '#platform/outgoing/outgoing-http.js';
import { afterHooksPipeline } from './after-hooks/after-hooks-pipeline.js';
import { AfterHookCalls } from './after-hooks/after-hook-calls.js';
import { HandOvers } from './after-hooks/hand-overs.js';
import { Occurrences } from './after-hooks/occurrences.js';
import { SessionChanges } from './after-hooks/session-changes.js';
import { MessageSent } from './after-hooks/message-sent.js';
import { HookMetrics } from './calls/hook-metrics.js';
import { HookCalls } from './calls/hook-calls.port.js';
import { HookCaller } from './caller/hook-caller.port.js';
import { EraseController } from './erase/erase.controller.js';
import type { HookEngineSettings } from './hook-engine.config.js';
import { ChangeHookServers } from './hook-servers/change-hook-servers.js';
import { ChangeServerHook } from './hook-servers/change-server-hook.port.js';
import { HookServerReports } from './hook-servers/hook-server-reports.js';
import { HookServersController } from './hook-servers/hook-servers.controller.js';
import { RefreshHookServer } from './hook-servers/refresh-hook-server.js';
import { RefreshHookServers } from './hook-servers/refresh-hook-servers.port.js';
import { ServerHooks } from './hook-servers/server-hooks.js';
import { EngineDiscovery } from './leanengine/engine-discovery.port.js';
import { CreateHook } from './manage-hooks/create-hook.js';
import { DeleteHook } from './manage-hooks/delete-hook.js';
import { ManageHooksController } from './manage-hooks/manage-hooks.controller.js';
import { ShowHooksController } from './manage-hooks/show-hooks.controller.js';
import { RotateSecret } from './manage-hooks/rotate-secret.js';
import { UpdateHook } from './manage-hooks/update-hook.js';
import { KnownHooks } from './registry/known-hooks.port.js';
import { RegistryChange } from './registry/registry-change.port.js';
import { RegistryController } from './registry/registry.controller.js';
import { DryRun } from './runs/dry-run.js';
import { HookRuns } from './runs/hook-runs.port.js';
import { RunsController } from './runs/runs.controller.js';
import { RunHooksController } from './run-hooks/run-hooks.controller.js';
import { RunHooks } from './run-hooks/run-hooks.js';
import { AfterHookJobsStore } from './store/after-hook-jobs.store.js';
import { ErasureStore } from './store/erasure.store.js';
import { HookServersStore } from './store/hook-servers.store.js';
import { HookRunsStore } from './store/hook-runs.store.js';
import { HooksStore } from './store/hooks.store.js';
import { SessionHooksStore } from './store/session-hooks.store.js';
import { RegistryStore } from './store/registry.store.js';

@Module({})
export class HookEngineModule {
  static forSettings(settings: HookEngineSettings): DynamicModule {
    return {
      module: HookEngineModule,
      controllers: [
        EraseController,
        RunHooksController,
        ManageHooksController,
        HookServersController,
        ShowHooksController,
        RunsController,
        RegistryController,
      ],
      providers: [
        { provide: OutgoingHttp, useFactory: () => new OutgoingHttp(settings.HOOKLINE_OUTGOING_ALLOW) },
        {
          provide: IdempotentRequests,
          inject: [Database, Log],
          useFactory: (database: Database, log: Log) => new IdempotentRequests(database, 'hook_engine', log),
        },
        ErasureStore,
        HooksStore,
        RegistryStore,
        HookServersStore,
        EngineDiscovery,
        ServerHooks,
        ChangeHookServers,
        HookServerReports,
        ChangeServerHook,
        RefreshHookServer,
        RefreshHookServers,
        HookCaller,
        HookMetrics,
        HookCalls,
        KnownHooks,
        HookRunsStore,
        HookRuns,
        DryRun,
        RegistryChange,
        RunHooks,
        CreateHook,
        UpdateHook,
        RotateSecret,
        DeleteHook,
        AfterHookJobsStore,
        AfterHookCalls,
        MessageSent,
        Occurrences,
        SessionHooksStore,
        SessionChanges,
        HandOvers,
        {
          provide: EventPipeline,
          inject: [NatsConnection, Database, Log, Bus, MessageSent, AfterHookCalls],
          useFactory: (
            nats: NatsConnection,
            database: Database,
            log: Log,
            bus: Bus,
            messageSent: MessageSent,
            calls: AfterHookCalls,
          ) => afterHooksPipeline({ nats, database, log }, bus, messageSent, calls),
        },
      ],
    };
  }
}
