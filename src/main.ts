#!/usr/bin/env bun
import { type Command, parseCommand, UsageError } from './cli/command.ts'
import { exitCode } from './cli/exit-code.ts'
import { ConfigError } from './config-reader.ts'
import { AppError } from './errors.ts'

// Each command is loaded when it is called: `version` need not load the server.
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  migrate: async () => (await import('./cli/migrate.ts')).migrateCommand,
  check: async () => (await import('./cli/check.ts')).check,
  healthcheck: async () => (await import('./cli/healthcheck.ts')).healthcheck,
  version: async () => (await import('./cli/version.ts')).versionCommand,
  openapi: async () => (await import('./cli/openapi.ts')).openapi,
  keys: async () => (await import('./cli/keys.ts')).keys,
  run: async () => (await import('./cli/run.ts')).run,
  tick: async () => (await import('./cli/tick.ts')).tick,
}

async function main([name = '', ...words]: string[]): Promise<number> {
  if (['', '-h', '--help', 'help'].includes(name)) {
    await printOverview()
    return name === '' ? exitCode.usage : exitCode.ok
  }
  const load = commands[name === '--version' || name === '-v' ? 'version' : name]
  if (!load) throw new UsageError(`There is no command "${name}". See bunkhouse --help.`)
  const command = await load()
  const input = parseCommand(command, words)
  if (!input.help) return command.run(input)
  console.log([`Usage: bunkhouse ${command.usage}`, command.summary, command.help].filter(Boolean).join('\n\n'))
  return exitCode.ok
}

async function printOverview(): Promise<void> {
  console.log('Usage: bunkhouse <command> [flags]\n')
  for (const load of Object.values(commands)) {
    const { name, summary } = await load()
    console.log(`  ${name.padEnd(12)} ${summary}`)
  }
  console.log('\nExit status: 0 done, 1 failed, 2 wrong command line or configuration.')
}

function explain(error: unknown): number {
  if (error instanceof UsageError || error instanceof ConfigError) {
    console.error(error.message)
    return exitCode.usage
  }
  console.error(error instanceof AppError ? error.message : error)
  return exitCode.failed
}

process.exitCode = await main(process.argv.slice(2)).catch(explain)
// Whatever may still hold the event loop, the command has ended.
process.exit()
