import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { freePort } from '../scripts/services/free-port.ts'
import type { Bench } from './bench.ts'
import { temporaryFolder } from './folder.ts'
import { residentMegabytes } from './process-usage.ts'
import { firstReady } from './ready-poll.ts'
import type { Report } from './report.ts'
import { median } from './statistics.ts'

const root = resolve(import.meta.dir, '..')
const starts = 15
const restSeconds = 4

export const coldStart: Bench = {
  name: 'cold-start',
  summary: 'From the start of the process to its first 200 on /ready, and memory at rest.',
  flags: {},
  floors: [
    { subject: 'binary, existing SQLite file', metric: 'ready after', most: 60 },
    { subject: 'binary, very first start', metric: 'ready after', most: 150 },
    { subject: 'bun run start, existing SQLite file', metric: 'ready after', most: 150 },
    { subject: 'binary, at rest', metric: 'resident memory', most: 72 },
  ],
  run,
}

async function run(report: Report): Promise<void> {
  await using folder = await temporaryFolder()
  const binary = join(folder.path, 'bunkhouse')
  await build(binary)
  report.add('binary', 'size', Bun.file(binary).size / 1e6, 'MB')

  const existing = join(folder.path, 'existing')
  await mkdir(existing)
  const fromBinary = { command: [binary, 'serve'], cwd: existing, database: join(existing, 'bunkhouse.db') }
  await start(fromBinary)
  await repeat(report, 'binary, existing SQLite file', () => start(fromBinary))

  let fresh = 0
  await repeat(report, 'binary, very first start', async () => {
    const cwd = join(folder.path, `fresh-${fresh++}`)
    await mkdir(cwd)
    return start({ ...fromBinary, cwd, database: join(cwd, 'data', 'bunkhouse.db') })
  })

  // Package scripts call plain `bun`; this makes it the Bun that runs the bench.
  const programs = join(folder.path, 'programs')
  await mkdir(programs)
  await Bun.$`ln -s ${process.execPath} ${join(programs, 'bun')}`
  const fromSource = { command: [process.execPath, 'run', 'start'], cwd: root, database: fromBinary.database, programs }
  await repeat(report, 'bun run start, existing SQLite file', () => start(fromSource))

  const memory: number[] = []
  await start({ ...fromBinary, atRest: megabytes => memory.push(megabytes) })
  for (const megabytes of memory) report.add('binary, at rest', 'resident memory', megabytes, 'MB')
}

async function repeat(report: Report, subject: string, once: () => Promise<number>): Promise<void> {
  const times: number[] = []
  for (let made = 0; made < starts; made++) times.push(await once())
  report.add(subject, 'ready after', median(times), 'ms')
  report.add(subject, 'ready after, fastest', Math.min(...times), 'ms')
  report.add(subject, 'ready after, slowest', Math.max(...times), 'ms')
}

interface Start {
  command: string[]
  cwd: string
  database: string
  /** A folder to look for programs in first. */
  programs?: string
  /** Told the memory of the process once it has had nothing to do for a while. */
  atRest?(megabytes: number): void
}

/** One start and end. Resolves to the milliseconds from the start of the process to the first 200. */
async function start({ command, cwd, database, programs, atRest }: Start): Promise<number> {
  const port = freePort()
  const begun = performance.now()
  const child = Bun.spawn(command, {
    cwd,
    // Its own group: `bun run` starts a process of its own.
    detached: true,
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      PATH: [programs, process.env.PATH].filter(Boolean).join(':'),
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: `sqlite:${database}`,
      AGENTS_DIR: join(cwd, 'no-agents'),
    },
  })
  try {
    await firstReady(port)
    const took = performance.now() - begun
    if (atRest) {
      await Bun.sleep(restSeconds * 1000)
      atRest(residentMegabytes(child.pid))
    }
    return took
  } finally {
    process.kill(-child.pid, 'SIGTERM')
    await child.exited
  }
}

async function build(outfile: string): Promise<void> {
  const build = Bun.spawn([process.execPath, join(root, 'scripts/build.ts'), '--outfile', outfile], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  if ((await build.exited) !== 0) throw new Error('The build failed.')
}
