import { join } from 'node:path'
import type { Bench, DeployCheck } from '../../../scripts/deploy/check.ts'
import { must, run } from '../../../scripts/deploy/command.ts'
import { cloneWithAgents, docker, inspect, missingDocker } from '../../../scripts/deploy/docker.ts'
import { until } from '../../../scripts/deploy/until.ts'
import { ask, type Client, equal, onOpenConnection } from '../client.ts'
import { Follower } from './follower.ts'
import { Load } from './load.ts'
import { type Stack, stackOf } from './stack.ts'

const image = 'bunkhouse-check:zero'

export const check: DeployCheck = {
  artifact: 'deploy/roll-out',
  how: 'two versions, the second with one more migration, exchanged under load on a real Compose stack, and back',
  cannot: 'load of thousands of clients',
  limitSeconds: 600,
  missing: missingDocker,
  async run(bench) {
    const clone = await cloneWithAgents(join(bench.folder, 'clone'))
    const stack = await stackOf(bench, clone, 'zero')
    // Its requests take less, and its streams three seconds.
    stack.options.env = { ...stack.options.env, SETTLE_SECONDS: '10' }
    await bench.step('the first version serves, two replicas of each', async () => {
      await stack.compose('build', '--quiet', 'api')
      await docker('tag', image, `${image}-first`)
      await stack.compose('up', '--detach', '--wait', '--scale=api=2', '--scale=worker=2')
      equal(await versions(stack), ['1.0.0-a'])
    })
    const before = await migrationOf(stack)
    await bench.step('the second version is built, with one more migration', async () => {
      await addMigration(clone)
      stack.options.env = { ...stack.options.env, APP_VERSION: '1.0.0-b' }
      await stack.compose('build', '--quiet', 'api')
    })
    await underLoad(bench, stack, 'it takes over, schema and all, without a failed request or a lost run', async () => {
      await must(['deploy/roll-out'], stack.options)
      equal(await versions(stack), ['1.0.0-b'])
    })
    await bench.step('the schema is the one of the second version', async () =>
      equal(await migrationOf(stack), before + 1),
    )
    await underLoad(bench, stack, 'a version that does not start changes nothing', async () => {
      await docker('tag', image, `${image}-second`)
      await brokenImage(bench, `${image}-second`)
      const { status, stderr } = await run(['deploy/roll-out', 'api'], {
        ...stack.options,
        env: { ...stack.options.env, READY_SECONDS: '10' },
      })
      equal([status, stderr.includes('the old ones go on')], [1, true])
      equal((await stack.containers('api')).length, 2)
      equal(await versions(stack), ['1.0.0-b'])
    })
    await underLoad(bench, stack, 'the first version is rolled back to, on the schema of the second', async () => {
      await docker('tag', `${image}-first`, image)
      await must(['deploy/roll-out'], stack.options)
      equal(await versions(stack), ['1.0.0-a'])
    })
  },
}

async function underLoad({ step, note, signal }: Bench, stack: Client, title: string, change: () => Promise<void>) {
  await step(title, async () => {
    const load = new Load(stack, 6)
    const follower = new Follower(stack)
    await until('there is load', signal, async () => load.requests > 50)
    try {
      await change()
      const then = load.requests
      await until('the load goes on', signal, async () => load.requests > then + 50)
    } finally {
      await load.stop()
      await follower.stop()
    }
    equal(load.failures, [])
    await load.allRunsCompleted()
    note(
      `${load.requests} requests, 0 failed, ${load.again} sent again; ${follower.followed} streams, ${follower.resumed} resumed`,
    )
  })
}

/** Of every replica that runs. */
async function versions(stack: Stack): Promise<string[]> {
  const containers = [...(await stack.containers('api')), ...(await stack.containers('worker'))]
  const told = await Promise.all(
    containers.map(container => docker('exec', container, '/usr/local/bin/bunkhouse', 'healthcheck')),
  )
  const health = await onOpenConnection(() => ask(stack, 'GET', '/health'))
  return [...new Set([...told, (await health.text()).trim()].map(text => String(JSON.parse(text).version)))]
}

async function migrationOf(stack: Stack): Promise<number> {
  const count = 'select count(*) from bunkhouse_migrations'
  const line = ['exec', '-T', 'postgres', 'psql', '-U', 'bunkhouse', '-h', '127.0.0.1', '-At', '-c', count]
  const password = (await Bun.file(join(stack.secrets, 'postgres_password')).text()).trim()
  return Number(await stack.compose('exec', '-T', '--env', `PGPASSWORD=${password}`, ...line.slice(2)))
}

/** As the next version of the sources would bring it. */
async function addMigration(clone: string): Promise<void> {
  for (const [dialect, quote] of [
    ['postgres', '"'],
    ['sqlite', '`'],
  ] as const) {
    const folder = join(clone, 'migrations', dialect)
    const journal = await Bun.file(join(folder, 'meta/_journal.json')).json()
    const tag = `${String(journal.entries.length).padStart(4, '0')}_note`
    journal.entries.push({ ...journal.entries.at(-1), idx: journal.entries.length, tag })
    await Bun.write(join(folder, 'meta/_journal.json'), JSON.stringify(journal))
    await Bun.write(
      join(folder, `${tag}.sql`),
      `-- expand: notes on runs\nALTER TABLE ${quote}runs${quote} ADD ${quote}note${quote} text;\n`,
    )
  }
}

async function brokenImage(bench: Bench, from: string): Promise<void> {
  await Bun.write(join(bench.folder, 'broken/Dockerfile'), `FROM ${from}\nENV PORT=nonsense\n`)
  await docker('build', `--tag=${image}`, join(bench.folder, 'broken'))
  equal(await inspect(image, '{{.Config.User}}'), '65532:65532')
}
