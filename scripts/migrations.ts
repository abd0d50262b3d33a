// `bun run migrations NAME` writes the next migration of both engines from src/db/schema.*.ts; `--check` only says
// whether one is missing. Review what it writes: SQLite changes a column by rebuilding its table.
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative, resolve } from 'node:path'

const engines = [
  { name: 'sqlite', dialect: 'sqlite' },
  { name: 'postgres', dialect: 'postgresql' },
] as const
type Engine = (typeof engines)[number]

process.chdir(resolve(import.meta.dir, '..'))
const [argument, ...others] = process.argv.slice(2)
if (argument === '--check' && others.length === 0) {
  process.exit(await check())
} else if (argument !== undefined && /^[a-z][a-z0-9_]*$/.test(argument) && others.length === 0) {
  process.exit(await generate(argument))
} else {
  console.error('usage: bun run migrations NAME | --check      (NAME: a-z, 0-9 and _, such as add_budgets)')
  process.exit(2)
}

/** Exit code 1 when a schema has changes that no migration makes. */
async function check(): Promise<number> {
  const behind = (
    await Promise.all(engines.map(async engine => ((await isCurrent(engine)) ? [] : [engine.name])))
  ).flat()
  for (const name of behind) {
    console.error(
      `src/db/schema.${name}.ts has changes that no file of migrations/${name} makes: bun run migrations NAME`,
    )
  }
  return behind.length === 0 ? 0 : 1
}

async function generate(name: string): Promise<number> {
  for (const engine of engines) {
    const before = new Set(await readdir(`migrations/${engine.name}`))
    // It may have to ask whether a column was renamed.
    await drizzleKit(['--config', `migrations/${engine.name}.config.ts`, '--name', name], 'inherit').exited
    const added = (await readdir(`migrations/${engine.name}`)).filter(file => !before.has(file))
    for (const file of added) await warnOfRebuild(`migrations/${engine.name}/${file}`)
  }
  // drizzle-kit exits with 0 when it fails, so look at what it wrote.
  return check()
}

/** Generates into a copy and looks whether that adds anything. */
async function isCurrent(engine: Engine): Promise<boolean> {
  const copy = await mkdtemp(join(tmpdir(), 'bunkhouse-migrations-'))
  try {
    await cp(`migrations/${engine.name}`, copy, { recursive: true })
    const kit = drizzleKit(
      // It takes relative paths only.
      ['--dialect', engine.dialect, '--schema', `./src/db/schema.${engine.name}.ts`, '--out', relative('.', copy)],
      'pipe',
    )
    const output = await new Response(kit.stdout).text()
    if (output.includes('No schema changes')) return true
    if (!output.includes('SQL migration file')) console.error(output)
    return false
  } finally {
    await rm(copy, { recursive: true })
  }
}

function drizzleKit(flags: string[], output: 'inherit' | 'pipe') {
  return Bun.spawn([process.execPath, 'run', '--bun', 'drizzle-kit', 'generate', ...flags], {
    stdio: [output === 'inherit' ? 'inherit' : 'ignore', output, 'inherit'],
  })
}

async function warnOfRebuild(path: string): Promise<void> {
  if (!path.endsWith('.sql') || !(await Bun.file(path).text()).includes('__new_')) return
  console.warn(
    `${path} rebuilds a table. Make that its only change: a column added in the same migration is copied from a column\n` +
      'that does not exist yet, and SQLite then stores its name as text in every row.',
  )
}
