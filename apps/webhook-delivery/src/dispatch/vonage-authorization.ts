import { createHash, randomUUID } from 'node:crypto';
import { SignJWT } from 'jose';

interface Signed {
  readonly applicationId: string;
  /** JSON, as it is sent. */
  readonly body: string;
  readonly at: Date;
}

/**
 * The header by which receivers of Vonage's webhooks verify them: a token (HS256) that names the digest of the body. An
 * application is its own account here, so `api_key` is its id, as in sessions.
 *
 * @param secret its text is the key, prefix and all: so does the vendor's package read what its users give it
 */
export async function vonageAuthorization(
  secret: string,
  { applicationId, body, at }: Signed,
): Promise<string> {
  const token = await new SignJWT({
    payload_hash: createHash('sha256').update(body, 'utf8').digest('hex'),
    api_key: applicationId,
    application_id: applicationId,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(Math.floor(at.getTime() / 1_000))
    .setJti(randomUUID())
    .setIssuer('Vonage')
    .sign(new TextEncoder().encode(secret));
  return `Bearer ${token}`;
}
