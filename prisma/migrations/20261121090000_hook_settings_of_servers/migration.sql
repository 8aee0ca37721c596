-- What is set of single hooks of a server stays, however often the server is asked which hooks it has.
ALTER TABLE hook_engine.hook_server ADD COLUMN hook_settings text NOT NULL DEFAULT '{}';
