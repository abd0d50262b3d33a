import { join } from 'node:path'
import type { Bench, DeployCheck } from '../../../scripts/deploy/check.ts'
import { cloneWithAgents, docker, inspect, missingDocker } from '../../../scripts/deploy/docker.ts'
import { until } from '../../../scripts/deploy/until.ts'
import { ask, equal, mainJob, startRun, waitFor, wholeLog } from '../client.ts'
import { Load } from './load.ts'
import { type Stack, stackOf } from './stack.ts'

export const check: DeployCheck = {
  artifact: 'deploy/compose.yaml',
  how: 'brought up by a real Docker engine, scaled, killed under load, backed up, restored, taken down and up',
  cannot: 'the profile gpu beyond its form: no NVIDIA device here; what the published images of others hold',
  limitSeconds: 600,
  missing: missingDocker,
  async run(bench) {
    const clone = await cloneWithAgents(join(bench.folder, 'clone'))
    // A short lease, so that work of a killed worker is taken over soon.
    await Bun.write(join(clone, 'deploy/bunkhouse.env'), 'LEASE_SECONDS=5\n')
    const stack = await stackOf(bench, clone, 'compose')
    await bench.step('all profiles are well formed', () => stack.compose('--profile=*', 'config', '--quiet'))
    await bench.step('up --build --wait brings everything up, healthy', () =>
      stack.compose('up', '--detach', '--build', '--wait', '--wait-timeout=180'),
    )
    await bench.step('the main job is done through nginx', async () => {
      for (const agent of ['echo', 'clerk']) await mainJob(stack, agent)
    })
    await secluded(bench, stack)
    await scaled(bench, stack)
    await killedReplica(bench, stack)
    await killedWorker(bench, stack)
    await kept(bench, stack)
  },
}

async function secluded({ step }: Bench, stack: Stack): Promise<void> {
  await step('the databases are reached from inside only', async () => {
    for (const service of ['postgres', 'redis']) {
      const [container = ''] = await stack.containers(service)
      equal(await inspect(container, '{{json .HostConfig.PortBindings}}'), '{}')
      const networks = Object.keys(JSON.parse(await inspect(container, '{{json .NetworkSettings.Networks}}')))
      equal(networks.length, 1)
      equal(await inspect(networks[0] ?? '', '{{.Internal}}'), 'true')
    }
  })
  await step('no secret is in the environment of a container, and none runs as it likes', async () => {
    for (const service of ['api', 'worker', 'postgres', 'redis', 'nginx']) {
      const [container = ''] = await stack.containers(service)
      const text = await inspect(container, '{{json .Config.Env}} {{json .Config.Cmd}}')
      for (const name of ['postgres_password', 'redis_password', 'api_key', 'secret_key']) {
        const secret = (await Bun.file(join(stack.secrets, name)).text()).trim()
        if (text.includes(secret)) throw new Error(`${service} shows ${name}`)
      }
      const host = JSON.parse(await inspect(container, '{{json .HostConfig}}'))
      equal([service, host.ReadonlyRootfs, host.CapDrop, host.Memory > 0], [service, true, ['ALL'], true])
    }
  })
}

const servers = async (stack: Stack): Promise<number> => {
  const list = await stack.compose('exec', '-T', 'nginx', 'cat', '/tmp/replicas.conf')
  return list.match(/^server /gm)?.length ?? 0
}

async function scaled({ step, signal }: Bench, stack: Stack): Promise<void> {
  await step('--scale worker=3 --scale api=2 adds replicas, and nginx finds them', async () => {
    await stack.compose('up', '--detach', '--wait', '--scale=worker=3', '--scale=api=2')
    equal((await stack.containers('worker')).length, 3)
    await until('nginx knows both', signal, async () => (await servers(stack)) === 2)
  })
}

async function killedReplica({ step, note, signal }: Bench, stack: Stack): Promise<void> {
  await step('a replica killed under load fails no request but those in its hands', async () => {
    const [victim = ''] = await stack.containers('api')
    const load = new Load(stack, 8)
    await until('there is load', signal, async () => load.requests > 100)
    await docker('kill', victim)
    const killedAt = Date.now()
    await until('nginx has forgotten it', signal, async () => (await servers(stack)) === 1)
    const then = load.requests
    await until('the load goes on', signal, async () => load.requests > then + 100)
    await docker('start', victim)
    await until('nginx knows it again', signal, async () => (await servers(stack)) === 2)
    await load.stop()
    equal(
      load.failures.filter(failure => failure.begunAt > killedAt),
      [],
    )
    // One in the hands of each client at most.
    if (load.failures.length > 8) throw new Error(Bun.inspect(load.failures))
    await load.allRunsCompleted()
    note(`killed under load: ${load.failures.length} of ${load.requests} failed`)
  })
}

async function killedWorker({ step, signal }: Bench, stack: Stack): Promise<void> {
  await step('what killed workers had in hand is finished by those that come after them', async () => {
    const runIds = await Promise.all(Array.from({ length: 12 }, () => startRun(stack, 'slow')))
    await until('all run', signal, async () => {
      const logs = await Promise.all(runIds.map(id => wholeLog(stack, id)))
      return logs.every(log => log.some(event => event.type === 'text.delta'))
    })
    // Any of them may have all the runs, so all are killed. One of them stays dead.
    const [dead = '', ...others] = await stack.containers('worker')
    await docker('kill', dead, ...others)
    await docker('start', ...others)
    const runs = await Promise.all(runIds.map(id => waitFor(stack, id)))
    equal(
      runs.map(run => run.status),
      runs.map(() => 'completed'),
    )
    if (!runs.some(run => run.attempt > 1)) throw new Error('the killed workers had nothing in hand')
    await docker('start', dead)
  })
}

/** As docs/deploy/compose.md says. */
async function kept({ step, signal }: Bench, stack: Stack): Promise<void> {
  const kept = await startRun(stack, 'echo')
  await waitFor(stack, kept)
  await step('migrate says where the database is', async () => {
    const told = await stack.compose('run', '--rm', '--no-deps', 'api', 'migrate')
    if (!/The database is at migration \d+/.test(told)) throw new Error(told)
  })
  await step('down and up again keeps the data', async () => {
    await stack.compose('down')
    await stack.compose('up', '--detach', '--wait')
    equal((await waitFor(stack, kept)).status, 'completed')
  })
  let backup = ''
  await step('a backup is made while it serves', async () => {
    await stack.compose('build', '--quiet', 'backup')
    const made = await stack.compose('run', '--rm', 'backup', 'backup', '/backups/', '--json')
    backup = `/backups/${JSON.parse(made).name}`
  })
  await step('a backup is restored into a new database', async () => {
    const lost = await startRun(stack, 'echo')
    await waitFor(stack, lost)
    await stack.compose('stop', 'api', 'worker')
    // Replicas were killed above: for a minute nothing says that they are dead.
    await until('the database is taken for unused', signal, () => restored(stack, backup))
    await stack.compose('up', '--detach', '--wait')
    // Addresses are given anew, to workers too: what nginx remembers may refuse for a moment, and may do nothing else.
    await until('nginx has found the new replica', signal, async () => {
      const { status } = await ask(stack, 'GET', `/v1/runs/${kept}`)
      if (status !== 200) equal(status, 503)
      return status === 200
    })
    equal((await waitFor(stack, kept)).status, 'completed')
    equal((await ask(stack, 'GET', `/v1/runs/${lost}`)).status, 404)
    await mainJob(stack)
  })
}

async function restored(stack: Stack, backup: string): Promise<boolean> {
  try {
    await stack.compose('run', '--rm', 'backup', 'restore', backup, '--force')
    return true
  } catch (error) {
    if (String(error).includes('did within the last minute')) return false
    throw error
  }
}
