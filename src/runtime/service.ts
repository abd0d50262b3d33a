/** Something with a lifetime. `stop` is safe before `start` and safe twice. */
export interface Service {
  readonly name: string
  /** Its stop lets work finish that may take as long as the drain; any other service has a few seconds. */
  readonly drains?: boolean
  start(): Promise<void> | void
  /** Ends the service. `signal` is aborted when its time is up: what is still under way must then be dropped. */
  stop(signal: AbortSignal): Promise<void> | void
}
