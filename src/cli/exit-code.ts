/** What the process's exit status says. */
export const exitCode = {
  ok: 0,
  /** The command did not succeed. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
} as const
