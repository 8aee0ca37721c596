-- Watermarks move often and stand in no index: room on the page lets no index follow.
ALTER TABLE "conversation"."member" SET (fillfactor = 80);
