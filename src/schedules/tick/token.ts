import { createHmac, timingSafeEqual } from 'node:crypto'
import { AppError } from '../../errors.ts'

/** `t=<seconds since 1970>,v1=<signature in hex>` */
export const signatureHeader = 'x-bunkhouse-signature'

/** How far the clocks of caller and service may be apart. */
const toleranceSeconds = 300
const form = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/

/** What a platform's timer sends instead of a key. It is good for this method and path, for five minutes. */
export function signTick(secret: string, { method, path, seconds }: SignedRequest): string {
  return `t=${seconds},v1=${signature(secret, { method, path, seconds })}`
}

interface SignedRequest {
  method: string
  /** Without the query. */
  path: string
  /** Since 1970. */
  seconds: number
}

const signature = (secret: string, { method, path, seconds }: SignedRequest): string =>
  createHmac('sha256', secret).update(`${seconds}.${method} ${path}`).digest('hex')

/** @throws AppError unauthorized */
export function verifyTick(
  secret: string | null,
  header: string,
  { now, ...request }: { method: string; path: string; now: number },
): void {
  if (secret === null) throw new AppError('unauthorized', 'This service has no SCHEDULER_TICK_SECRET. Use a key.')
  const [, seconds, given] = form.exec(header) ?? []
  if (seconds === undefined || given === undefined) {
    throw new AppError('unauthorized', `Send ${signatureHeader} as t=<seconds since 1970>,v1=<hex>.`)
  }
  const wanted = signature(secret, { ...request, seconds: Number(seconds) })
  if (!timingSafeEqual(Buffer.from(given, 'hex'), Buffer.from(wanted, 'hex'))) {
    throw new AppError('unauthorized', 'The signature is not right for this method, path and time.')
  }
  if (Math.abs(now / 1000 - Number(seconds)) > toleranceSeconds) {
    throw new AppError('unauthorized', 'The signature is of another time. Check the clock of whoever made it.')
  }
}
