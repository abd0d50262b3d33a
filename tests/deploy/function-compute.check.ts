import { join } from 'node:path'
import type { Static } from '@sinclair/typebox'
import type { Bench, DeployCheck } from '../../scripts/deploy/check.ts'
import { must, root } from '../../scripts/deploy/command.ts'
import { faultsAgainst } from '../../scripts/deploy/schemas/closed.ts'
import { CodePackage, ContainerFunction } from '../../scripts/deploy/schemas/function-compute.ts'
import { startServices } from '../../scripts/services/services.ts'
import { readConfig } from '../../src/config.ts'
import { type Artifact, readOnlyCopy, runEcho, startArtifact } from './artifact.ts'
import { holdTogether } from './kubernetes/hold-together.ts'

const key = 'bh_key_of_the_function_under_test'
const read = async (file: string): Promise<unknown> => Bun.YAML.parse(await Bun.file(join(root, file)).text())

/** What the one who deploys has in the environment; `${env('X')}` stands for it. */
const given = (databaseUrl: string): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  BUNKHOUSE_API_KEY: key,
  BUNKHOUSE_SECRET_KEY: 'a passphrase for secrets',
  OPENAI_API_KEY: '',
})

const filledIn = (variables: Record<string, string>, environment: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      value.replace(/^\$\{env\('(\w+)'\)\}$/, (_, wanted: string) => environment[wanted] ?? ''),
    ]),
  )

export const check: DeployCheck = {
  artifact: 's.yaml, deploy/fc',
  how: 'closed list of keys; the package is built and started as the runtime does: read-only /code, port 9000, timer event, pre-stop',
  cannot: 'a deploy: how long FC freezes an instance, the VPC, NAS, and the price',
  async run(bench) {
    const { step, folder, afterwards, signal, note } = bench
    const file = await step('both files have known keys only', async () => {
      holdTogether(faultsAgainst(ContainerFunction, await read('deploy/fc/container.yaml')), 'container.yaml')
      const parsed = await read('s.yaml')
      holdTogether(faultsAgainst(CodePackage, parsed), 's.yaml')
      // Safe: the schema was held against it just now.
      return parsed as Static<typeof CodePackage>
    })
    const { props, actions } = file.resources.service
    await step('pre-stop may take longer than the drain, and a tick less than the time-out', () => {
      const drain = Number(props.environmentVariables.DRAIN_SECONDS)
      if (props.instanceLifecycleConfig.preStop.timeout < drain + 10) throw new Error(`drain of ${drain} s`)
      const waits = JSON.stringify(props.triggers).match(/"payload":"(\d+)"/)?.[1]
      if (!(Number(waits) < props.timeout)) throw new Error(`${waits} against ${props.timeout}`)
    })
    await step('its own commands make the package', async () => {
      for (const { run } of actions['pre-deploy']) await must(['bash', '-euc', run])
      await readOnlyCopy(join(root, props.code), join(folder, 'code'))
      note(`${Math.round(Bun.file(join(folder, 'code/bunkhouse')).size / 1e6)} MB`)
    })

    const services = await startServices({ postgres: true })
    afterwards(() => services.stop())
    const variables = filledIn(props.environmentVariables, given(services.databaseUrl ?? ''))
    await step('the service understands every variable', () => void readConfig(variables))
    const instance = (): Artifact => {
      const { command, args } = props.customRuntimeConfig
      const started = startArtifact({
        command: [...command, ...args].map(word => word.replace(/^\/code\//, `${folder}/code/`)),
        cwd: join(folder, 'code'),
        env: { ...variables, PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/tmp', FC_FUNCTION_NAME: props.functionName },
      })
      afterwards(() => started.process.kill('SIGKILL'))
      return started
    }
    const url = `http://127.0.0.1:${props.customRuntimeConfig.port}`
    await step('an instance answers its health check, as a user without rights, long before 120 s', async () => {
      const first = instance()
      const health = `${url}${props.customRuntimeConfig.healthCheckConfig.httpGetUrl}`
      note(`healthy after ${Math.round(await first.answers(health, signal))} ms on a new database`)
      await endsByPreStop(bench, first, url)
    })
    const second = instance()
    await step('a second instance does the main job', async () => {
      note(`then ${Math.round(await second.answers(`${url}/ready`, signal))} ms`)
      await runEcho(url, key)
    })
    await step('a timer’s event is a tick, and the same from a client is refused', async () => {
      const event = JSON.stringify({ triggerTime: new Date().toISOString(), triggerName: 'every-minute', payload: '5' })
      const call = (headers: Record<string, string>) =>
        fetch(`${url}/invoke`, { method: 'POST', body: event, headers: { ...headers, 'x-fc-request-id': '1' } })
      const tick = await call({ 'x-fc-control-path': '/invoke' })
      if (tick.status !== 200 || !(await tick.text()).includes('scheduler_tick')) throw new Error(`${tick.status}`)
      const client = await call({ 'x-fc-control-path': '/http-invoke' })
      if (client.status !== 401) throw new Error(`a client gets ${client.status}`)
    })
    await step('GET /pre-stop ends it in order', () => endsByPreStop(bench, second, url))
  },
}

async function endsByPreStop({ note }: Bench, { process, output }: Artifact, url: string): Promise<void> {
  const asked = performance.now()
  const answer = await fetch(`${url}/pre-stop`, { headers: { 'x-fc-control-path': '/pre-stop' } })
  if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
  const status = await process.exited
  if (status !== 0) throw new Error(`it ended with ${status}:\n${output()}`)
  note(`gone ${Math.round(performance.now() - asked)} ms after pre-stop`)
}
