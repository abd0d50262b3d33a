const prefix = 'whsec_'

export const newWebhookSecret = (): string =>
  prefix + Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString('base64')

const keyOf = (secret: string): Uint8Array => Buffer.from(secret.slice(prefix.length), 'base64')

/**
 * The header `webhook-signature` of Standard Webhooks: one signature for each secret.
 * @param timestamp seconds since 1970, as in `webhook-timestamp`
 */
export function signatures(
  secrets: readonly string[],
  { messageId, timestamp, body }: { messageId: string; timestamp: number; body: string },
): string {
  const signed = `${messageId}.${timestamp}.${body}`
  return secrets
    .map(secret => `v1,${new Bun.CryptoHasher('sha256', keyOf(secret)).update(signed).digest('base64')}`)
    .join(' ')
}
