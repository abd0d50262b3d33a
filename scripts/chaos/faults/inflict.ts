import type { Replica } from '../servers/replica.ts'
import type { RestartableServer } from '../servers/restartable.ts'
import type { Fault } from './fault.ts'

/** What can be hit. */
export interface Targets {
  replicas: Replica[]
  postgres: RestartableServer | undefined
  redis: RestartableServer | undefined
  /** Ends that share of the connections to the database, its own not counted. */
  cutConnections(share: number): Promise<unknown>
}

/** Resolves when the fault is over and what it has hit works again. */
export async function inflict(targets: Targets, fault: Fault): Promise<void> {
  const { replicas, postgres, redis } = targets
  switch (fault.kind) {
    case 'kill':
      return replicas[fault.slot]?.restart('SIGKILL', fault.downMs)
    case 'kill all':
      await Promise.all(replicas.map(replica => replica.restart('SIGKILL', fault.downMs)))
      return
    case 'drain':
      return replicas[fault.slot]?.restart('SIGTERM', fault.downMs)
    case 'freeze':
      return replicas[fault.slot]?.freeze(fault.forMs)
    case 'set clock':
      return replicas[fault.slot]?.setClock(fault.aheadMs)
    case 'restart postgres':
      return postgres?.restart(fault.mode === 'fast' ? 'SIGINT' : 'SIGQUIT', fault.downMs)
    case 'cut connections':
      // It may be away at that moment, which cuts them all the same.
      await targets.cutConnections(fault.share).catch(() => {})
      return
    case 'kill redis':
      return redis?.restart('SIGKILL', fault.downMs)
  }
}
