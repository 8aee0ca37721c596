-- Which conversations a hook is about, how often it is called at once, and whether its answers count.
ALTER TABLE hook_engine.hook
  ADD COLUMN kinds text[] DEFAULT ARRAY[]::text[],
  ADD COLUMN attribute text NOT NULL DEFAULT 'null',
  ADD COLUMN concurrency integer NOT NULL DEFAULT 64,
  ADD COLUMN mode text NOT NULL DEFAULT 'live';
