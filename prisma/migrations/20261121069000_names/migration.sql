-- The name that the schema gives it.
ALTER INDEX "conversation"."application_former_key_application_id_idx" RENAME TO "application_former_key_application_id_valid_until_idx";
