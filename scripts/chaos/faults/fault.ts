/** Something that goes wrong. Times are milliseconds; `slot` is the place of a process, from 0. */
export type Fault =
  | { kind: 'kill'; slot: number; downMs: number }
  | { kind: 'kill all'; downMs: number }
  | { kind: 'drain'; slot: number; downMs: number }
  | { kind: 'freeze'; slot: number; forMs: number }
  | { kind: 'set clock'; slot: number; aheadMs: number }
  | { kind: 'restart postgres'; mode: 'fast' | 'immediate'; downMs: number }
  | { kind: 'cut connections'; share: number }
  | { kind: 'kill redis'; downMs: number }

export function describeFault(fault: Fault): string {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`
  switch (fault.kind) {
    case 'kill':
      return `kill process ${fault.slot}, start it after ${seconds(fault.downMs)}`
    case 'kill all':
      return `kill all processes, start them after ${seconds(fault.downMs)}`
    case 'drain':
      return `end process ${fault.slot} in good order, start it after ${seconds(fault.downMs)}`
    case 'freeze':
      return `freeze process ${fault.slot} for ${seconds(fault.forMs)}`
    case 'set clock':
      return `set the clock of process ${fault.slot} ${seconds(Math.abs(fault.aheadMs))} ${fault.aheadMs < 0 ? 'back' : 'ahead'}`
    case 'restart postgres':
      return `restart Postgres (${fault.mode}), away for ${seconds(fault.downMs)}`
    case 'cut connections':
      return `cut ${Math.round(fault.share * 100)} % of the connections to Postgres`
    case 'kill redis':
      return `kill Redis, away for ${seconds(fault.downMs)}`
  }
}
