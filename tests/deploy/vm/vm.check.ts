import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { DeployCheck } from '../../../scripts/deploy/check.ts'
import { type Ended, must, root, run } from '../../../scripts/deploy/command.ts'
import { freePort } from '../../../scripts/services/free-port.ts'
import { buildBinary, runEcho } from '../artifact.ts'
import { writeServiceManager } from './service-manager.ts'

export const check: DeployCheck = {
  artifact: 'deploy/systemd/install, scripts/update',
  how: 'install and updates of real binaries and processes: a good one, one with a wrong checksum, one that is never ready',
  cannot: 'systemctl itself: no init here, a script restarts the process instead',
  async run({ step, folder, afterwards, note, signal }) {
    const releases = join(folder, 'releases')
    const [first, second] = await step('two versions are built, with their checksums', async () => {
      const built = []
      for (const version of ['1.0.0', '1.1.0']) {
        const place = join(releases, version)
        await mkdir(place, { recursive: true })
        built.push(await buildBinary(place, version))
        await must(['bash', '-c', 'sha256sum bunkhouse >SHA256SUMS'], { cwd: place })
      }
      return built
    })
    const broken = await brokenRelease(join(releases, '2.0.0'))
    if (!first || !second) throw new Error('they are not there')

    const settings = join(folder, 'etc/bunkhouse/env')
    const home = join(folder, 'opt/bunkhouse')
    const manager = await writeServiceManager({ folder, home, settings })
    afterwards(() => manager.end())
    const env = {
      BUNKHOUSE_PREFIX: folder,
      BUNKHOUSE_HOME: home,
      BUNKHOUSE_ENV: settings,
      BUNKHOUSE_RESTART: manager.command,
    }
    const update = (file: string, more: Record<string, string> = {}): Promise<Ended> =>
      run([join(root, 'scripts/update'), file], { env: { ...env, ...more }, signal })
    const port = freePort()
    const url = `http://127.0.0.1:${port}`
    const serves = async (version: string) => {
      const health = await (await fetch(`${url}/health`)).text()
      if (!health.includes(`"version":"${version}"`)) throw new Error(health)
    }

    const key = await step('an install makes settings with secrets of their own, and serves', async () => {
      await mkdir(join(settings, '..'), { recursive: true })
      await must([join(root, 'deploy/systemd/install'), first], {
        env: { ...env, BUNKHOUSE_RESTART: 'false', READY_SECONDS: '1' },
      }).catch(() => 'there is nothing yet that could restart it on the port of this check')
      const text = await Bun.file(settings).text()
      if (((await Bun.file(settings).stat()).mode & 0o077) !== 0) throw new Error('others can read the settings')
      await Bun.write(settings, text.replace('PORT=8000', `PORT=${port}`))
      await must([join(root, 'deploy/systemd/install'), first], { env })
      await serves('1.0.0')
      const made = /^BUNKHOUSE_API_KEY=(bh_[0-9a-f]{64})$/m.exec(text)?.[1]
      if (made === undefined) throw new Error(text.replace(/=.*/g, '=…'))
      await runEcho(url, made)
      return made
    })
    await step('an update switches in one step, and the data is there', async () => {
      const from = performance.now()
      const { status, stderr } = await update(second)
      if (status !== 0) throw new Error(stderr)
      note(`update in ${((performance.now() - from) / 1000).toFixed(1)} s`)
      await serves('1.1.0')
      if ((await countRuns(url, key)) !== 1) throw new Error('the run of before is gone')
    })
    await step('one whose checksum is wrong changes nothing', async () => {
      const sums = join(releases, '1.0.0/SHA256SUMS')
      const right = await Bun.file(sums).text()
      await Bun.write(sums, right.replace(/^./, right.startsWith('0') ? '1' : '0'))
      const { status, stderr } = await update(first)
      if (status !== 2 || !stderr.includes('checksum')) throw new Error(`${status} ${stderr}`)
      await Bun.write(sums, right)
      await serves('1.1.0')
    })
    await step('one that is never ready is taken back', async () => {
      const { status, stderr } = await update(broken, { READY_SECONDS: '2' })
      if (status !== 1 || !stderr.includes('1.1.0 is ready again')) throw new Error(`${status} ${stderr}`)
      await serves('1.1.0')
      await runEcho(url, key)
      if ((await countRuns(url, key)) !== 2) throw new Error('a run is gone')
    })
    await step('one of plain http is not fetched', async () => {
      const { status } = await update('http://releases.example.com/bunkhouse')
      if (status !== 2) throw new Error(`${status}`)
    })
    await step('a version can be gone back to', async () => {
      const { status, stderr } = await update(first)
      if (status !== 0) throw new Error(stderr)
      await serves('1.0.0')
    })
  },
}

/** It says its version, and that is all that it does. */
async function brokenRelease(place: string): Promise<string> {
  const file = join(place, 'bunkhouse')
  await Bun.write(file, '#!/bin/sh\n[ "$1" = version ] && echo 2.0.0 && exit\nexit 1\n')
  await chmod(file, 0o755)
  await must(['bash', '-c', 'sha256sum bunkhouse >SHA256SUMS'], { cwd: place })
  return file
}

async function countRuns(url: string, key: string): Promise<number> {
  const answer = await fetch(`${url}/v1/runs`, { headers: { authorization: `Bearer ${key}` } })
  return (await answer.text()).match(/"object":"run"/g)?.length ?? 0
}
