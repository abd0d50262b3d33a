// `bun run bench <name>`: measures the program on this machine. README.md says what each figure means.
import { parseArgs } from 'node:util'
import { type Bench, type BenchFlags, type Engine, engines, WrongUsage } from './bench.ts'
import { machine } from './machine.ts'
import { judge, Report, type Row, table } from './report.ts'

const benches: Record<string, () => Promise<Bench>> = {
  'agent-steps': async () => (await import('./agent-steps/agent-steps.ts')).agentSteps,
  'cold-start': async () => (await import('./cold-start.ts')).coldStart,
  console: async () => (await import('./console/console.ts')).consoleBench,
  http: async () => (await import('./http/http.ts')).http,
  queue: async () => (await import('./queue/queue.ts')).queue,
  'run-list': async () => (await import('./run-list/run-list.ts')).runList,
  runs: async () => (await import('./runs/runs.ts')).runs,
  soak: async () => (await import('./soak/soak.ts')).soak,
  streams: async () => (await import('./streams/streams.ts')).streams,
  wires: async () => (await import('./wires/wires.ts')).wires,
}

async function main([name = '', ...words]: string[]): Promise<void> {
  if (['', '--help', '-h'].includes(name)) return console.log(await overview())
  const load = benches[name]
  if (!load) throw new WrongUsage(`There is no bench "${name}".\n\n${await overview()}`)
  const bench = await load()
  const { json, help, flags } = readFlags(bench, words)
  if (help) return console.log(usage(bench))
  console.log(`${machine()}\n`)
  const report = new Report(bench.name)
  await bench.run(report, flags)
  console.log(`\n${table(report.rows, bench.floors)}`)
  if (json !== undefined) await Bun.write(json, `${JSON.stringify(report.rows, null, 2)}\n`)
  if (bench.decides) tellVerdict(report.rows.filter(row => judge(row, bench.floors)?.holds === false))
}

function tellVerdict(missed: Row[]): void {
  const what = missed.map(({ subject, metric, value, unit }) => `${subject}: ${metric} ${value} ${unit}`)
  console.log(missed.length === 0 ? '\nIt holds.' : `\nIt does NOT hold: ${what.join('; ')}`)
  if (missed.length > 0) process.exitCode = 1
}

async function overview(): Promise<string> {
  const lines = ['Usage: bun run bench <name> [--json FILE]', '']
  for (const load of Object.values(benches)) {
    const { name, summary } = await load()
    lines.push(`  ${name.padEnd(12)} ${summary}`)
  }
  return lines.join('\n')
}

function usage(bench: Bench): string {
  const own = Object.entries(bench.flags).map(([flag, { type }]) =>
    type === 'string' ? ` [--${flag} ${flag.toUpperCase()}]` : ` [--${flag}]`,
  )
  const text = `Usage: bun run bench ${bench.name} [--json FILE]${own.join('')}\n\n${bench.summary}`
  const flags = Object.keys(bench.flags).flatMap(flag => descriptions[flag] ?? [])
  return [text, '  --json FILE  also write the rows as a JSON array', ...flags, bench.help ?? ''].join('\n').trimEnd()
}

const descriptions: Record<string, string> = {
  seconds: '  --seconds N  length of each measured stretch',
  engine: `  --engine E   only this database: ${engines.join(' or ')}`,
  profile: '  --profile DIR  write CPU profiles of the service there (bench/profile.ts reads them)',
}

function readFlags(bench: Bench, words: string[]): { json: string | undefined; help: boolean; flags: BenchFlags } {
  try {
    const options = { json: { type: 'string' }, help: { type: 'boolean', short: 'h' }, ...bench.flags } as const
    const { values } = parseArgs({ args: words, options, strict: true })
    const said = new Map<string, string | true>()
    for (const [name, value] of Object.entries<unknown>(values)) {
      if (typeof value === 'string' || value === true) said.set(name, value)
    }
    const text = (name: string) => {
      const value = said.get(name)
      return value === true ? undefined : value
    }
    const flags = {
      profile: text('profile'),
      seconds: readSeconds(text('seconds')),
      engines: readEngines(text('engine')),
      said,
    }
    return { json: text('json'), help: values.help === true, flags }
  } catch (error) {
    if (error instanceof WrongUsage) throw error
    throw new WrongUsage(`${error instanceof Error ? error.message : error}\n\n${usage(bench)}`)
  }
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const seconds = Number(text)
  if (!(seconds > 0)) throw new WrongUsage('--seconds must be a number above 0.')
  return seconds
}

function readEngines(text: string | undefined): Engine[] {
  if (text === undefined) return [...engines]
  const engine = engines.find(known => known === text)
  if (engine === undefined) throw new WrongUsage(`--engine must be ${engines.join(' or ')}.`)
  return [engine]
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof WrongUsage ? error.message : error)
  process.exitCode = error instanceof WrongUsage ? 2 : 1
}
// What a failed bench may have left open does not keep it alive.
process.exit()
