import { join } from 'node:path'
import type { DeployCheck } from '../../../scripts/deploy/check.ts'
import { must, run } from '../../../scripts/deploy/command.ts'
import { cloneWithAgents, missingDocker, removeImages } from '../../../scripts/deploy/docker.ts'
import { freePort } from '../../../scripts/services/free-port.ts'
import { type Client, equal, mainJob, startRun, waitFor } from '../client.ts'

export const check: DeployCheck = {
  artifact: 'deploy/compose.single.yaml',
  how: 'brought up, taken down and up, backed up and restored by a real Docker engine',
  cannot: '',
  missing: missingDocker,
  async run({ step, folder, signal, afterwards }) {
    afterwards(() => removeImages('bunkhouse-check:single'))
    const clone = await cloneWithAgents(join(folder, 'clone'))
    const secrets = join(folder, 'secrets')
    await must([join(clone, 'deploy/make-secrets'), secrets])
    const port = freePort()
    const env = {
      COMPOSE_PROJECT_NAME: `bunkhouse-check-single-${process.pid}`,
      SECRETS: secrets,
      BUNKHOUSE_IMAGE: 'bunkhouse-check:single',
      PORT: String(port),
    }
    const line = ['docker', 'compose', '--file', 'deploy/compose.single.yaml']
    const compose = (...words: string[]) => must([...line, ...words], { cwd: clone, env, signal })
    afterwards(() => run([...line, 'down', '--volumes', '--timeout=1'], { cwd: clone, env }))
    const key = (await Bun.file(join(secrets, 'api_key')).text()).trim()
    const client: Client = { url: `http://127.0.0.1:${port}`, key }

    await step('up --build --wait serves the main job', async () => {
      await compose('up', '--detach', '--build', '--wait')
      await mainJob(client)
    })
    const kept = await startRun(client, 'echo')
    await waitFor(client, kept)
    await step('down and up again keeps the data', async () => {
      await compose('down')
      await compose('up', '--detach', '--wait')
      equal((await waitFor(client, kept)).status, 'completed')
    })
    await step('a backup is made while it serves, and restored', async () => {
      const program = '/usr/local/bin/bunkhouse'
      const made = await compose('exec', '-T', 'bunkhouse', program, 'backup', '/data/backups/', '--json')
      const lost = await startRun(client, 'echo')
      await waitFor(client, lost)
      await compose('stop')
      await compose('run', '--rm', 'bunkhouse', 'restore', JSON.parse(made).location, '--force')
      await compose('up', '--detach', '--wait')
      equal((await waitFor(client, kept)).status, 'completed')
      const after = await fetch(`${client.url}/v1/runs/${lost}`, { headers: { authorization: `Bearer ${key}` } })
      equal(after.status, 404)
    })
  },
}
