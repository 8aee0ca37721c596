-- Prisma takes now() for a default of its own, by the clock of the app; this one stays the database's.
ALTER TABLE hook_engine.hook ALTER COLUMN told_from SET DEFAULT statement_timestamp();
