import { audit } from '../audit/audit.ts'
import type { Actor, AppContext } from '../context.ts'
import { AppError } from '../errors.ts'
import { isSealed, SealError } from '../secrets/seal.ts'
import type { Approval } from './approval.ts'

type Needs = Pick<AppContext, 'clock' | 'config' | 'sealer'>

/** Where the page of a link is. The token is in the query, which no log shows. */
export const linkPath = '/approve'
const purpose = 'approval link'
const weekMs = 7 * 86_400_000

export interface ApprovalLink {
  url: string
  /** Milliseconds since 1970. */
  expiresAt: number
}

/** Whom a link is for: whoever has it may decide on this approval, and on nothing else. */
export interface LinkClaim {
  tenantId: string
  approvalId: string
}

/** Whether links can be made here: they need an address to point to, and a key that nobody can guess. */
export const hasLinks = ({ config }: Pick<Needs, 'config'>): boolean =>
  config.publicUrl !== null && config.secretKeys.length > 0

/**
 * A link by which its bearer decides without a key, until its time is over, at most until the approval's own deadline.
 * @throws AppError unavailable where the operator has set no PUBLIC_URL or no BUNKHOUSE_SECRET_KEY
 */
export async function makeLink(
  app: Needs,
  approval: Pick<Approval, 'id' | 'tenantId' | 'expiresAt'>,
  ttlMs = weekMs,
): Promise<ApprovalLink> {
  const { publicUrl } = app.config
  if (!hasLinks(app) || publicUrl === null)
    throw new AppError('unavailable', 'Links need PUBLIC_URL and BUNKHOUSE_SECRET_KEY, which the operator has not set.')
  const expiresAt = Math.min(app.clock.now() + ttlMs, approval.expiresAt ?? Number.POSITIVE_INFINITY)
  const claim = JSON.stringify([approval.tenantId, approval.id, expiresAt])
  const token = Buffer.from(await app.sealer.seal(claim, purpose)).toString('base64url')
  return { url: `${publicUrl.replace(/\/$/, '')}${linkPath}?token=${token}`, expiresAt }
}

/** Who has made a link can be read by the auditor, as whoever has it decides in nobody's name. */
export async function noteLink(
  { clock, database, emit }: Pick<AppContext, 'clock' | 'database' | 'emit'>,
  actor: Actor,
  { id, expiresAt }: { id: string; expiresAt: number },
): Promise<void> {
  const details = { expires_at: new Date(expiresAt).toISOString() }
  const entry = { action: 'approval.link_made' as const, target: { type: 'approval' as const, id }, details }
  await database.transaction(tx => audit(tx, actor, entry, clock.now()))
  emit('audit.recorded', { action: 'approval.link_made' })
}

/** @throws AppError not_found for a token that is none, is of other keys, or has expired */
export async function openLink({ clock, config, sealer }: Needs, token: string): Promise<LinkClaim> {
  const sealed = Buffer.from(token, 'base64url').toString()
  // Else anybody could have written it.
  if (config.secretKeys.length === 0 || !isSealed(sealed)) throw gone()
  try {
    const [tenantId, approvalId, expiresAt]: [string, string, number] = JSON.parse(await sealer.open(sealed, purpose))
    if (expiresAt <= clock.now()) throw gone()
    return { tenantId, approvalId }
  } catch (error) {
    if (error instanceof SealError || error instanceof SyntaxError) throw gone()
    throw error
  }
}

const gone = () => new AppError('not_found', 'This link is not known, or its time is over.')
