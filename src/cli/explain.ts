import { ConfigError } from '../config-reader.ts'
import { databaseFailure } from '../db/failure.ts'
import { AppError } from '../errors.ts'
import { hideSecrets } from '../telemetry/hide-secrets.ts'
import { withoutParams } from '../telemetry/log.ts'
import { UsageError } from './command.ts'
import { exitCode } from './exit-code.ts'

/** Says on standard error why a command ended, and returns the exit code. */
export function explain(error: unknown): number {
  if (error instanceof UsageError || error instanceof ConfigError) {
    console.error(error.message)
    return exitCode.usage
  }
  console.error(hideSecrets(reasonOf(withoutParams(error))))
  return exitCode.failed
}

function reasonOf(error: unknown): string {
  if (error instanceof AppError) return error.message
  if (!(error instanceof Error)) return String(error)
  // Of a file, or of standard output.
  if ('syscall' in error && error.syscall !== 'connect') return error.message
  if (databaseFailure(error) !== null) return `The database failed: ${error.message}`
  return error.stack ?? error.message
}
