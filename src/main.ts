#!/usr/bin/env bun
import { type Command, parseCommand, UsageError } from './cli/command.ts'
import { exitCode } from './cli/exit-code.ts'

// Each command is loaded when it is called: `version` need not load the server.
const commands: Record<string, () => Promise<Command>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  migrate: async () => (await import('./cli/migrate.ts')).migrateCommand,
  check: async () => (await import('./cli/check.ts')).check,
  doctor: async () => (await import('./cli/doctor.ts')).doctor,
  healthcheck: async () => (await import('./cli/healthcheck.ts')).healthcheck,
  version: async () => (await import('./cli/version.ts')).versionCommand,
  openapi: async () => (await import('./cli/openapi.ts')).openapi,
  backup: async () => (await import('./cli/backup.ts')).backup,
  restore: async () => (await import('./cli/restore.ts')).restore,
  keys: async () => (await import('./cli/keys.ts')).keys,
  tenants: async () => (await import('./cli/tenants.ts')).tenants,
  audit: async () => (await import('./cli/audit.ts')).audit,
  run: async () => (await import('./cli/run.ts')).run,
  tick: async () => (await import('./cli/tick.ts')).tick,
}

async function main([name = '', ...words]: string[]): Promise<number> {
  switch (name) {
    case '':
      throw new UsageError(await overview())
    case 'help':
    case '-h':
    case '--help':
      if (words[0] !== undefined) return main([words[0], '--help'])
      console.log(await overview())
      return exitCode.ok
    case '-v':
    case '--version':
      return main(['version', ...words])
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!load) throw new UsageError(await unknownCommand(name))
  const command = await load()
  const input = parseCommand(command, words)
  if (!input.help) return command.run(input)
  console.log([`Usage: bunkhouse ${command.usage}`, command.summary, command.help].filter(Boolean).join('\n\n'))
  return exitCode.ok
}

async function overview(): Promise<string> {
  const all = await Promise.all(Object.values(commands).map(load => load()))
  return [
    'Usage: bunkhouse <command> [flags]',
    '',
    ...all.map(({ name, summary }) => `  ${name.padEnd(12)} ${summary}`),
    '',
    'bunkhouse <command> --help says more. Everything else is set by environment variables: see .env.example.',
    'Exit status: 0 done, 1 failed, 2 wrong command line or configuration.',
  ].join('\n')
}

async function unknownCommand(name: string): Promise<string> {
  const { nearest } = await import('./agents/files/nearest.ts')
  const similar = nearest(name, Object.keys(commands))
  const guess = similar === undefined ? '' : ` Did you mean "${similar}"?`
  return `There is no command "${name}".${guess} See bunkhouse --help.`
}

const explain = async (error: unknown): Promise<number> => (await import('./cli/explain.ts')).explain(error)

process.exitCode = await main(process.argv.slice(2)).catch(explain)

// Whatever may still hold the event loop, the command has ended.
process.exit()
