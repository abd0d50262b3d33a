import { expect, test } from 'bun:test'
import { readdirSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { testsOfProcesses } from '../lifecycle/processes.ts'
import { openCli } from '../support/cli.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

testsOfProcesses({ timeoutMs: 180_000 })

/** Processes of the machine that were started in this folder or below. */
const processesIn = (folder: string): string[] =>
  readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .filter(pid => {
      try {
        return readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
      } catch {
        return false // ended meanwhile
      }
    })

test('the drill kills a second service in the middle of a run, and shows that nothing was lost or repeated', async () => {
  await using cli = await openCli()
  using place = temporaryFiles()
  const env = { TMPDIR: place.path }
  const { code, stdout, stderr } = await cli.run(['doctor', '--chaos'], { env })
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toContain('SIGKILL')
  expect(stdout.match(/^ok {4}.*$/gm)).toHaveLength(4)
  expect(stdout).toMatch(/^ok {4}the run that was cut off was completed by attempt 2, [\d.]+ m?s after the death$/m)
  expect(readdirSync(place.path)).toEqual([])
  // Nothing of this service was touched.
  expect(readdirSync(cli.folder).filter(name => name !== '.bun')).toEqual([])
})

test('as JSON it tells its findings alone', async () => {
  await using cli = await openCli()
  const { code, stdout } = await cli.run(['doctor', '--chaos', '--json'])
  expect(code).toBe(0)
  const report: { ok: boolean; findings: { ok: boolean }[] } = JSON.parse(stdout)
  expect([report.ok, report.findings.map(({ ok }) => ok)]).toEqual([true, [true, true, true, true]])
})

test.each(['A second service', 'SIGKILL.'])('Ctrl-C after it said "%s" ends it, with all it has made', async said => {
  await using cli = await openCli()
  using place = temporaryFiles()
  const started = cli.start(['doctor', '--chaos'], { env: { TMPDIR: place.path } })
  await started.said(said)
  started.process.kill('SIGINT')
  const { code, stderr } = await started.result
  expect({ code, stderr }).toEqual({ code: 1, stderr: 'Stopped by SIGINT.\n' })
  expect(readdirSync(place.path)).toEqual([])
  expect(processesIn(join(place.path, 'bunkhouse-drill-'))).toEqual([])
})
