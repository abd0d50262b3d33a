import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, DeployCheck } from '../../../scripts/deploy/check.ts'
import { must, run } from '../../../scripts/deploy/command.ts'
import {
  buildImage,
  cloneWithAgents,
  docker,
  healthy,
  inspect,
  logsOf,
  missingDocker,
  publishedUrl,
  removeImages,
  startContainer,
} from '../../../scripts/deploy/docker.ts'
import { until } from '../../../scripts/deploy/until.ts'
import { ask, type Client, equal, mainJob, startRun, waitFor, wholeLog } from '../client.ts'

const image = 'bunkhouse-check:image'
const key = 'bh_a-key-of-this-check-only'
const mostMegabytes = 200
const locked = [
  '--read-only',
  '--cap-drop=ALL',
  '--security-opt=no-new-privileges',
  '--memory=256m',
  '--publish=127.0.0.1::8000',
  `--env=BUNKHOUSE_API_KEY=${key}`,
]

export const check: DeployCheck = {
  artifact: 'Dockerfile',
  how: 'built from a clone with agents; run locked down, killed and stopped by a real Docker engine',
  cannot: 'what the published base images weigh and hold; execution on arm64 (the binary for it is built)',
  limitSeconds: 420,
  missing: missingDocker,
  async run(bench) {
    bench.afterwards(() => removeImages(`${image}*`))
    const context = await cloneWithAgents(join(bench.folder, 'clone'))
    await bench.step('it builds from a clone with agents of its own', () =>
      buildImage(context, { tag: image, version: '1.0.0-a' }),
    )
    await describe(bench)
    const name = `bunkhouse-check-${process.pid}`
    const volume = `${name}-data`
    bench.afterwards(() => run(['docker', 'volume', 'rm', '--force', volume]))
    await bench.step('it becomes healthy as another user, read-only, without rights, in 256 MB', async () => {
      const other = await startContainer(
        bench,
        `${name}-other`,
        ...locked,
        '--user=12345:12345',
        '--tmpfs=/data:uid=12345,gid=12345,mode=0700',
        image,
      )
      await healthy(other, bench.signal)
      await mainJob({ url: await publishedUrl(other), key })
    })
    await startContainer(bench, name, ...locked, '--user=65532:65532', `--volume=${volume}:/data`, image)
    await bench.step('it becomes healthy as its own user on a new volume', () => healthy(name, bench.signal))
    const client = async (): Promise<Client> => ({ url: await publishedUrl(name), key })
    await bench.step('it runs the agents of the clone, with their packages', async () => {
      for (const agent of ['echo', 'clerk']) await mainJob(await client(), agent)
    })
    await bench.step('it writes nowhere but to /data', async () => equal(await docker('diff', name), ''))
    await bench.step('its log is JSON lines on standard output', async () => {
      const { stdout, stderr } = await run(['docker', 'logs', name])
      equal(stderr, '')
      for (const line of stdout.trim().split('\n')) equal(typeof JSON.parse(line).msg, 'string')
    })
    await killed(bench, name, client)
    await stopped(bench, name)
    await derived(bench, name)
    await bench.step('it builds for arm64 on this machine', async () => {
      await docker('build', '--platform=linux/arm64', '--target=build', `--tag=${image}-arm64`, context)
      const out = join(bench.folder, 'arm64')
      await copyOut(`${image}-arm64`, '/out/bunkhouse', out)
      // Of ELF: the machine, 183 is AArch64.
      equal((await readFile(out)).readUInt16LE(18), 183)
    })
  },
}

async function describe({ step, note }: Bench): Promise<void> {
  await step(`it is no larger than ${mostMegabytes} MB`, async () => {
    const megabytes = Number(await inspect(image, '{{.Size}}')) / 1e6
    note(`${Math.round(megabytes)} MB`)
    if (megabytes > mostMegabytes) throw new Error(`it has ${megabytes} MB`)
  })
  await step('it says its user, stop signal, health check and labels', async () => {
    const config = JSON.parse(await inspect(image, '{{json .Config}}'))
    equal(config.User, '65532:65532')
    equal(config.StopSignal, 'SIGTERM')
    equal(config.Healthcheck.Test, ['CMD', '/usr/local/bin/bunkhouse', 'healthcheck'])
    equal(Object.keys(config.Volumes), ['/data'])
    equal(config.Labels['org.opencontainers.image.version'], '1.0.0-a')
    equal(config.Labels['org.opencontainers.image.licenses'], 'MIT')
  })
  await step('it has no shell', async () => {
    const { status } = await run(['docker', 'run', '--rm', '--entrypoint=/bin/sh', image, '-c', 'true'])
    equal(status, 127)
  })
  await step('it tells the version it was built as', async () => {
    const told = await docker('run', '--rm', '--read-only', image, 'version')
    if (!told.includes('1.0.0-a')) throw new Error(told)
  })
}

async function killed({ step, signal }: Bench, name: string, client: () => Promise<Client>): Promise<void> {
  await step('a run goes on after docker kill, from its volume', async () => {
    const before = await client()
    const runId = await startRun(before, 'slow')
    await until('it speaks', signal, async () =>
      (await wholeLog(before, runId)).some(event => event.type === 'text.delta'),
    )
    await docker('kill', name)
    await docker('start', name)
    await healthy(name, signal)
    const after = await client()
    const done = await waitFor(after, runId)
    equal([done.status, done.attempt], ['completed', 2])
    equal((await wholeLog(after, runId)).at(-1)?.type, 'run.completed')
    equal((await ask({ ...after, key: 'bh_another-key-than-that' }, 'GET', '/v1/runs')).status, 401)
  })
}

/** The best of three, as the machine may have other things to do. */
async function stopped({ step, note, signal }: Bench, name: string): Promise<void> {
  await step('it stops within a second when it is idle, with exit status 0', async () => {
    const seconds: number[] = []
    for (let round = 1; round <= 3; round += 1) {
      await healthy(name, signal)
      const begun = Date.now()
      await docker('stop', '--time=30', name)
      const [finished = '', status] = (await inspect(name, '{{.State.FinishedAt}} {{.State.ExitCode}}')).split(' ')
      equal(status, '0')
      seconds.push((Date.parse(finished) - begun) / 1_000)
      if (round < 3) await docker('start', name)
    }
    const best = Math.min(...seconds)
    note(`stops in ${best.toFixed(2)} s`)
    if (best > 1) throw new Error(`it took ${seconds.join(', ')} s\n${await logsOf(name)}`)
  })
}

async function derived(bench: Bench, name: string): Promise<void> {
  await bench.step('an image made from it by COPY of agents runs them', async () => {
    await Bun.write(
      join(bench.folder, 'derived/agents/porter.ts'),
      `import { defineAgent } from 'bunkhouse'\nexport default defineAgent({ name: 'porter', model: 'builtin/echo' })\n`,
    )
    await Bun.write(join(bench.folder, 'derived/Dockerfile'), `FROM ${image}\nCOPY agents /app/agents\n`)
    await docker('build', `--tag=${image}-derived`, join(bench.folder, 'derived'))
    const container = await startContainer(bench, `${name}-derived`, ...locked, `${image}-derived`)
    await healthy(container, bench.signal)
    bench.note(`${await memoryOf(container)} at rest`)
    await mainJob({ url: await publishedUrl(container), key }, 'porter')
  })
}

const memoryOf = async (container: string): Promise<string> =>
  (await docker('stats', '--no-stream', '--format={{.MemUsage}}', container)).split(' ', 1)[0] ?? ''

async function copyOut(from: string, path: string, to: string): Promise<void> {
  const container = await docker('create', from)
  try {
    await must(['docker', 'cp', `${container}:${path}`, to])
  } finally {
    await docker('rm', container)
  }
}
