import { isatty } from 'node:tty'

/**
 * Resolves at the first SIGTERM or SIGINT; a second one ends the process at once.
 * @param echoMs for so long the same signal again is taken for the same wish: Ctrl-C and systemd signal the whole group
 *   of processes, and a parent such as `bun run` passes its own on
 */
export function untilSignal(echoMs = 500): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let first: { signal: NodeJS.Signals; at: number } | undefined
    const onSignal = (signal: NodeJS.Signals) => {
      const now = performance.now()
      if (!first) {
        first = { signal, at: now }
        resolve(signal)
      } else if (signal !== first.signal || now - first.at >= echoMs) process.exit(signal === 'SIGINT' ? 130 : 143)
    }
    process.on('SIGTERM', onSignal)
    process.on('SIGINT', onSignal)
  })
}

/**
 * Calls `listener` at every SIGHUP. Not with a terminal for standard input: there it says that the terminal is gone, and
 * ends the process as it always does.
 */
export function onHangup(listener: () => void): void {
  if (!isatty(0)) process.on('SIGHUP', listener)
}
