import { Database as Sqlite } from 'bun:sqlite'
import { release } from 'node:os'
import packageJson from '../../../package.json' with { type: 'json' }
import type { Config } from '../../config.ts'
import { area, type Finding } from '../start/finding.ts'

const report = area('versions')
const needed = packageJson.engines.bun.replace('>=', '')

export function checkVersions(config: Config): Finding[] {
  using sqlite = new Sqlite(':memory:')
  const row = sqlite.query<{ version: string }, []>('select sqlite_version() version').get()
  return judgeVersions({ program: config.version, bun: Bun.version, sqlite: row?.version ?? '' })
}

export function judgeVersions({ program, bun, sqlite }: { program: string; bun: string; sqlite: string }): Finding[] {
  const system = `${process.platform} ${release()} on ${process.arch}`
  const text = `Bunkhouse ${program}, Bun ${bun}, SQLite ${sqlite}, ${system}`
  if (Bun.semver.order(bun, needed) >= 0) return [report.ok(text)]
  return [report.fail(text, `Use Bun ${needed} or newer, or the compiled program, which brings its own.`)]
}
