import { type ParseArgsConfig, parseArgs } from 'node:util'

export interface Command {
  name: string
  /** Arguments and flags, as shown in the usage line. */
  usage: string
  summary: string
  /** More for `--help`. */
  help?: string
  flags: NonNullable<ParseArgsConfig['options']>
  /** How many arguments it takes. */
  args: { min: number; max: number }
  /** Resolves with the exit code. */
  run(input: CommandInput): Promise<number>
}

export interface CommandInput {
  args: string[]
  flags: Record<string, string | boolean | (string | boolean)[] | undefined>
}

/** The command line is wrong. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** @throws UsageError for an unknown flag, a missing value, or too few or too many arguments */
export function parseCommand(command: Command, words: string[]): CommandInput & { help: boolean } {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      options: { ...command.flags, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
      strict: true,
    })
    const { min, max } = command.args
    if (!values.help && (positionals.length < min || positionals.length > max)) {
      throw new UsageError(`Usage: bunkhouse ${command.usage}`)
    }
    return { args: positionals, flags: values, help: values.help === true }
  } catch (error) {
    if (error instanceof UsageError) throw error
    const message = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${message}\nUsage: bunkhouse ${command.usage}`)
  }
}

export const textFlag = (flags: CommandInput['flags'], name: string): string | undefined => {
  const value = flags[name]
  return typeof value === 'string' ? value : undefined
}
