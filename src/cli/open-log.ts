import type { Config } from '../config.ts'
import { openLog } from '../telemetry/log.ts'

/** The log of a service: readable text for people at a terminal in development, else JSON lines. */
export const openServiceLog = (config: Config) =>
  openLog({
    ...base(config),
    level: config.logLevel,
    pretty: config.environment === 'development' && process.stdout.isTTY === true,
  })

/** The log of a command that answers on standard output. What goes well is not worth a line. */
export const openCommandLog = (config: Config) =>
  openLog({
    ...base(config),
    level: config.logLevel === 'info' ? 'warn' : config.logLevel,
    fd: 2,
    pretty: process.stderr.isTTY === true,
  })

const base = (config: Config) => ({
  file: config.logFile,
  fileMaxBytes: config.logFileMaxBytes,
  fileKeep: config.logFileKeep,
  version: config.version,
  secrets: config.secrets,
})
