-- What the Prisma schema language cannot say: roles, grants, partial indexes, single rows, storage settings.

-- One role without login per owning app. Roles belong to the whole cluster, so another database of it, or a migration
-- running at the same moment, may have made them already.
DO $$
DECLARE
  owning_schema text;
BEGIN
  FOREACH owning_schema IN ARRAY ARRAY['conversation', 'hook_engine', 'push_notification', 'webhook_delivery'] LOOP
    BEGIN
      EXECUTE format('CREATE ROLE %I NOLOGIN', 'hookline_' || owning_schema);
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
      NULL;
    END;
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', owning_schema, 'hookline_' || owning_schema);
    EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO %I', owning_schema, 'hookline_' || owning_schema);
    EXECUTE format('GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %I TO %I', owning_schema, 'hookline_' || owning_schema);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %I', owning_schema, 'hookline_' || owning_schema);
    EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT USAGE, SELECT ON SEQUENCES TO %I', owning_schema, 'hookline_' || owning_schema);
    -- A superuser may take any role; everybody else has to be a member of it.
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
      EXECUTE format('GRANT %I TO CURRENT_USER', 'hookline_' || owning_schema);
    END IF;
  END LOOP;
END
$$;

-- One stay at a time; and who is in, for recipients and checks.
CREATE UNIQUE INDEX "member_present" ON "conversation"."member" ("conversation_key", "user_id") WHERE "state" <> 'left';

-- The relay's question: what is not published yet, oldest first.
CREATE INDEX "outbox_entry_unpublished" ON "conversation"."outbox_entry" ("number") WHERE "published_at" IS NULL;

-- Every append updates its conversation's head: leave room on the page, so that no index has to follow.
ALTER TABLE "conversation"."conversation_head" SET (fillfactor = 50);

INSERT INTO "conversation"."relay_lease" ("id", "holder", "expires_at") VALUES (1, '', 'epoch');
INSERT INTO "hook_engine"."hook_registry" ("id", "version") VALUES (1, 1);

-- The workers' questions: the first pending job of every lane, what is due, and what is done with.
CREATE INDEX "job_pending_lane" ON "hook_engine"."job" ("target", "lane", "seq") WHERE "state" = 'pending';
CREATE INDEX "job_pending_due" ON "hook_engine"."job" ("due_at") WHERE "state" = 'pending';
CREATE INDEX "job_done" ON "hook_engine"."job" ("finished_at") WHERE "state" = 'done';
CREATE INDEX "job_pending_lane" ON "push_notification"."job" ("target", "lane", "seq") WHERE "state" = 'pending';
CREATE INDEX "job_pending_due" ON "push_notification"."job" ("due_at") WHERE "state" = 'pending';
CREATE INDEX "job_done" ON "push_notification"."job" ("finished_at") WHERE "state" = 'done';
CREATE INDEX "job_pending_lane" ON "webhook_delivery"."job" ("target", "lane", "seq") WHERE "state" = 'pending';
CREATE INDEX "job_pending_due" ON "webhook_delivery"."job" ("due_at") WHERE "state" = 'pending';
CREATE INDEX "job_done" ON "webhook_delivery"."job" ("finished_at") WHERE "state" = 'done';
