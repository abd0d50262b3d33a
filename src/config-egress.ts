import type { EnvReader } from './config-reader.ts'
import { egressFault } from './egress/policy.ts'

const shortestKey = 16

/** Where requests may go that others ask for, and what seals the secrets they are signed with. */
export function readEgress(read: EnvReader): { secretKeys: string[]; egressAllow: string[] } {
  const secretKeys = parts(read.optional('BUNKHOUSE_SECRET_KEY'))
  if (secretKeys.some(key => key.length < shortestKey)) {
    read.complain('BUNKHOUSE_SECRET_KEY', `must hold keys of at least ${shortestKey} characters, separated by commas`)
  }
  const egressAllow = parts(read.optional('EGRESS_ALLOW'))
  for (const entry of egressAllow) {
    const fault = egressFault(entry)
    if (fault !== null) read.complain('EGRESS_ALLOW', `holds "${entry}", which ${fault}`)
  }
  return { secretKeys, egressAllow }
}

const parts = (text: string | null): string[] =>
  (text ?? '')
    .split(',')
    .map(part => part.trim())
    .filter(Boolean)
