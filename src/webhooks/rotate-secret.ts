import type { Actor } from '../context.ts'
import { writeWebhook } from './change-webhook.ts'
import type { WebhookContext } from './create-webhook.ts'
import { newWebhookSecret } from './secret.ts'
import { type SecretWebhook, secretContext } from './webhook.ts'

/**
 * Gives a webhook a new secret. The one before signs as well for `overlapSeconds`, so that its receiver can change over
 * in between; one before that no more.
 * @throws AppError not_found; unavailable where no secret can be kept
 */
export async function rotateSecret(
  app: WebhookContext,
  actor: Actor,
  id: string,
  { secret: given, overlapSeconds }: { secret?: string | undefined; overlapSeconds: number },
): Promise<SecretWebhook> {
  const secret = given ?? newWebhookSecret()
  const sealed = await app.sealer.seal(secret, secretContext({ tenantId: actor.tenantId, id }))
  const webhook = await writeWebhook(app, actor, id, ({ secret: before }, now) => {
    const previous =
      overlapSeconds === 0
        ? { previousSecret: null, previousSecretUntil: null }
        : { previousSecret: before, previousSecretUntil: now + overlapSeconds * 1_000 }
    return {
      changes: { secret: sealed, ...previous },
      entry: { action: 'webhook.secret_rotated', details: { overlap_seconds: overlapSeconds } },
    }
  })
  return { webhook, secret }
}
