import { join } from 'node:path'
import type { Static } from '@sinclair/typebox'
import type { DeployCheck } from '../../scripts/deploy/check.ts'
import { root, run } from '../../scripts/deploy/command.ts'
import { faultsAgainst } from '../../scripts/deploy/schemas/closed.ts'
import { FlyToml } from '../../scripts/deploy/schemas/fly.ts'
import { readConfig } from '../../src/config.ts'
import { buildBinary, openFolder, runEcho, startArtifact } from './artifact.ts'
import { holdTogether } from './kubernetes/hold-together.ts'

type Fly = Static<typeof FlyToml>
const key = 'bh_key_of_the_machine_under_test'

async function read(file: string): Promise<Fly> {
  const parsed: unknown = Bun.TOML.parse(await Bun.file(join(root, file)).text())
  holdTogether(faultsAgainst(FlyToml, parsed), file)
  // Safe: the schema was held against it just now.
  return parsed as Fly
}

export const check: DeployCheck = {
  artifact: 'fly.toml, deploy/fly',
  how: 'closed list of keys; the release command and the service run as Fly starts them: env, port, no volume and then a volume, kill signal',
  cannot: 'a deploy: the builder, the proxy, who owns the volume, scale to zero, and the price',
  async run({ step, folder, afterwards, signal, note }) {
    const files = ['fly.toml', 'deploy/fly/scale-to-zero.toml']
    const [always, sleeper] = await step('both files have known keys only', () => Promise.all(files.map(read)))
    if (!always || !sleeper) throw new Error('they are not there')
    await step('a Machine that stops has longer than the drain, and the checks ask the port it serves', () => {
      for (const { kill_timeout, kill_signal, env, http_service, mounts } of [always, sleeper]) {
        if (kill_signal !== 'SIGTERM' || kill_timeout < Number(env.DRAIN_SECONDS) + 10) throw new Error('too short')
        if (String(http_service.internal_port) !== env.PORT) throw new Error(`the port is ${env.PORT}`)
        if (!mounts?.every(({ destination }) => env.DATABASE_URL?.startsWith(`sqlite:${destination}/`))) {
          throw new Error('the database is not on the volume')
        }
      }
      if (always.env.METRICS_PORT !== String(always.metrics?.port)) throw new Error('metrics are at another port')
      if (sleeper.http_service.auto_stop_machines === 'off') throw new Error('it never stops')
      if (always.http_service.min_machines_running !== 1) throw new Error('it may stop')
    })
    await step('the service understands every variable', () => {
      for (const { env } of [always, sleeper]) readConfig(env)
    })
    await step('the files name a Dockerfile that is there', async () => {
      for (const [index, { build }] of [always, sleeper].entries()) {
        const path = join(root, files[index] ?? '', '..', build.dockerfile)
        if (!(await Bun.file(path).exists())) throw new Error(path)
      }
    })

    const binary = await step('the binary is built', () => buildBinary(folder, '9.9.9'))
    const release = always.deploy.release_command?.split(' ') ?? []
    await step('the release command ends with 0 where there is no volume, and its failure stops a deploy', async () => {
      const env = { DATABASE_URL: `sqlite:${folder}/released/bunkhouse.db` }
      const done = await run([binary, ...release], { cwd: folder, env, signal })
      if (done.status !== 0) throw new Error(done.stderr)
      const failed = await run([binary, ...release], {
        cwd: folder,
        env: { DATABASE_URL: 'postgres://127.0.0.1:1/none' },
        signal,
      })
      if (failed.status === 0) throw new Error('it says that all is well without a database')
    })

    const data = await openFolder(join(folder, 'data'))
    const machine = (env: Record<string, string>) => {
      const started = startArtifact({
        command: [binary, 'serve'],
        cwd: folder,
        env: {
          ...env,
          DATABASE_URL: `sqlite:${data}/bunkhouse.db`,
          PATH: '/bin',
          BUNKHOUSE_API_KEY: key,
          TMPDIR: data,
        },
      })
      afterwards(() => started.process.kill('SIGKILL'))
      return started
    }
    const url = `http://127.0.0.1:${always.env.PORT}`
    await step('a Machine passes its check, does the main job, and shows its metrics to Fly alone', async () => {
      const { process, answers, output } = machine(always.env)
      note(`ready after ${Math.round(await answers(`${url}${always.http_service.checks[0]?.path}`, signal))} ms`)
      // TLS ends at the proxy: what is answered must not be a way back to it.
      const health = await fetch(`${url}/health`, { headers: { 'x-forwarded-proto': 'http' }, redirect: 'manual' })
      if (health.status !== 200) throw new Error(`redirects: ${health.status}`)
      await runEcho(url, key)
      const { port, path } = always.metrics ?? {}
      if (!(await (await fetch(`http://127.0.0.1:${port}${path}`)).text()).includes('bunkhouse_ready 1'))
        throw new Error()
      const asked = performance.now()
      process.kill('SIGTERM')
      if ((await process.exited) !== 0) throw new Error(output())
      note(`gone ${Math.round(performance.now() - asked)} ms after SIGTERM`)
    })
    await step('a Machine that slept has its data, and can be woken by the tick of another', async () => {
      const secret = 'a secret that both have'
      const { answers } = machine({ ...sleeper.env, SCHEDULER_TICK_SECRET: secret })
      note(`awake after ${Math.round(await answers(`${url}/ready`, signal))} ms`)
      const runs = await fetch(`${url}/v1/runs`, { headers: { authorization: `Bearer ${key}` } })
      if (!(await runs.text()).includes('"output":"hello"')) throw new Error('the run of before is gone')
      const tick = await run([binary, 'tick', '--url', url, '--wait', '5'], {
        cwd: folder,
        env: { SCHEDULER_TICK_SECRET: secret },
        signal,
      })
      if (tick.status !== 0) throw new Error(tick.stderr)
    })
  },
}
