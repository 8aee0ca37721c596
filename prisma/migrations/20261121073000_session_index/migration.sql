-- For statements that name a gateway's incarnation, and for no others: whoever asks for one user's open sessions was seen to
-- walk through all of them by this index, by a plan that was made when there were few. (Every session has an incarnation;
-- PostgreSQL takes that for granted only of statements that compare it.)
DROP INDEX conversation.session_open_incarnation;
CREATE INDEX session_open_incarnation ON conversation.session (incarnation, id)
  WHERE closed_at IS NULL AND incarnation IS NOT NULL;
