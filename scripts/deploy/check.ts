/**
 * One artifact that ships for a target, and how it is proven. Each is the export `check` of a file
 * tests/deploy/<anything>.check.ts (folders in between as one likes); `bun run test:deploy` finds and runs them.
 */
export interface DeployCheck {
  /** What ships, by its path: the first column of the table. */
  artifact: string
  /** By which real thing, in a few words. */
  how: string
  /** What only the platform itself could show. Empty: nothing. */
  cannot: string
  /** Default 300. */
  limitSeconds?: number
  /** What this machine lacks, so that nothing can be said here: the check is then reported as not done, never as passed. */
  missing?(): Promise<string | null> | string | null
  /** Throws where it does not hold. */
  run(bench: Bench): Promise<void>
}

/** What a check works with. */
export interface Bench {
  /** One statement that must hold; each is counted and, when it fails, named. What comes after a failed one is not tried. */
  step<T>(statement: string, body: () => Promise<T> | T): Promise<T>
  /** A figure to stand beside the result: `83 MB`. */
  note(figure: string): void
  /** Undone at the end, the last first, also of a check that failed. */
  afterwards(undo: () => Promise<unknown> | unknown): void
  /** An empty folder of its own, removed at the end. */
  readonly folder: string
  /** Ends with the time limit. */
  readonly signal: AbortSignal
}

export interface Result {
  check: DeployCheck
  outcome: 'passed' | 'failed' | 'not checked'
  /** Statements that held. */
  held: number
  notes: string[]
  seconds: number
  /** Why it failed or could not be checked. */
  reason: string | null
}
