import { join } from 'node:path'
import type { DeployCheck } from '../../../scripts/deploy/check.ts'
import { missingProgram, must, root } from '../../../scripts/deploy/command.ts'
import { freePort } from '../../../scripts/services/free-port.ts'
import { buildBinary, runEcho, startArtifact } from '../artifact.ts'

const unit = join(root, 'deploy/systemd/bunkhouse.service')
const key = 'bh_key_of_the_unit_under_test'

export const check: DeployCheck = {
  artifact: 'deploy/systemd/bunkhouse.service',
  how: 'systemd-analyze verify and security; every system call of the binary at its main job against the filter, with strace',
  cannot: 'a start by systemd: no init here',
  missing: () => missingProgram('systemd-analyze', 'strace'),
  async run({ step, folder, afterwards, signal, note }) {
    const text = await Bun.file(unit).text()
    const binary = await buildBinary(folder, '1.0.0')
    await step('systemd has nothing against it', async () => {
      // Only that the program is not there yet.
      const copy = join(folder, 'bunkhouse.service')
      await Bun.write(copy, text.replace('/opt/bunkhouse/current/bunkhouse', binary))
      const said = await must(['bash', '-c', 'systemd-analyze verify "$0" 2>&1', copy])
      if (said.includes(copy)) throw new Error(said)
    })
    await step('its exposure is at most 2 of 10', async () => {
      const command = ['systemd-analyze', 'security', '--offline=true', '--no-pager', '--threshold=20', unit]
      const said = await must(command, { env: { SYSTEMD_COLORS: '0', LC_ALL: 'C.UTF-8' } })
      note(/exposure level[^\n]*?([\d.]+ \w+)/.exec(said)?.[1] ?? 'no level')
    })
    await step('it stops later than the drain', () => {
      const drain = Number(/DRAIN_SECONDS=(\d+)/.exec(text)?.[1])
      if (!(Number(/TimeoutStopSec=(\d+)/.exec(text)?.[1]) >= drain + 10)) throw new Error(`drain of ${drain} s`)
    })
    await step('the binary makes no system call that the filter refuses', async () => {
      const groups = [...text.matchAll(/^SystemCallFilter=(@[\w-]+)$/gm)].map(([, group = '']) => group)
      const allowed = await callsOf(groups)
      const calls = join(folder, 'calls')
      const port = freePort()
      const strace = ['strace', '--follow-forks', '--summary-only', '--output', calls, binary, 'serve']
      const env = { PATH: '/usr/bin:/bin', HOST: '127.0.0.1', PORT: `${port}`, BUNKHOUSE_API_KEY: key }
      const { process, answers } = startArtifact({ command: strace, cwd: folder, env, as: 'self' })
      afterwards(() => process.kill('SIGKILL'))
      const url = `http://127.0.0.1:${port}`
      await answers(`${url}/ready`, signal)
      await runEcho(url, key)
      await fetch(`${url}/metrics`, { headers: { authorization: `Bearer ${key}` } })
      const [child] = (await must(['pgrep', '--parent', String(process.pid)])).trim().split('\n')
      await must(['kill', '-TERM', child ?? ''])
      await process.exited
      const made = [...(await Bun.file(calls).text()).matchAll(/ (\w+)$/gm)].map(([, name = '']) => name)
      const used = made.filter(name => !['total', 'syscall'].includes(name))
      const refused = used.filter(name => !allowed.has(name))
      if (used.length < 20 || refused.length > 0) throw new Error(`of ${used.length}: ${refused.join(', ')}`)
      note(`${used.length} system calls`)
    })
  },
}

/** All calls of these groups, and of the groups in them. */
async function callsOf(groups: string[]): Promise<Set<string>> {
  const all = new Set<string>()
  const waiting = [...groups]
  for (let group = waiting.pop(); group !== undefined; group = waiting.pop()) {
    const lines = (await must(['systemd-analyze', '--no-pager', 'syscall-filter', group])).split('\n').slice(1)
    for (const name of lines.map(line => line.trim()).filter(line => /^@?\w/.test(line))) {
      if (name.startsWith('@')) waiting.push(name)
      else all.add(name)
    }
  }
  return all
}
