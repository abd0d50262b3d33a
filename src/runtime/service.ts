/** Something with a lifetime. `stop` is safe before `start` and safe twice. */
export interface Service {
  readonly name: string
  start(): Promise<void> | void
  /** Ends the service. `signal` is aborted when its time is up: what is still under way must then be dropped. */
  stop(signal: AbortSignal): Promise<void> | void
}
