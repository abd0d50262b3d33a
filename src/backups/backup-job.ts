import { Type } from '@sinclair/typebox'
import type { AppContext } from '../context.ts'
import type { Json } from '../json.ts'
import type { Outcome } from '../queue/job.ts'
import type { JobKind } from '../queue/kind.ts'

/** Kind and queue of backups. `at` of the payload names the backup: a second attempt writes over what the first has left. */
export const backupJob = { kind: 'backup.make', queue: 'maintenance' } as const

type Needs = Pick<AppContext, 'clock' | 'config' | 'database' | 'emit'>

/** Jobs of kind `backup.make`: one backup, and then the old ones go. */
export const backupJobKind = (app: Needs): JobKind => ({
  kind: backupJob.kind,
  payload: Type.Object({ at: Type.Integer({ minimum: 0 }) }),
  retry: { baseMs: 30_000, capMs: 1_800_000 },
  settlesItself: false,
  async perform({ job, signal }): Promise<Outcome> {
    const { performBackup } = await import('./perform-backup.ts')
    const result = await performBackup(app, { at: atOf(job.payload), id: job.id }, signal)
    return { kind: 'completed', result: { ...result } }
  },
})

/** It has passed the schema. */
const atOf = (payload: Json): number =>
  payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? Number(payload.at) : Number.NaN
