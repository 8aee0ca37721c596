-- Whom a deleted user has invited into a conversation; most members were invited by nobody.
CREATE INDEX member_inviter ON conversation.member (conversation_key, inviter_id) WHERE inviter_id IS NOT NULL;
