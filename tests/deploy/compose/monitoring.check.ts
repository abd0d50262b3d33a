import { join } from 'node:path'
import type { DeployCheck } from '../../../scripts/deploy/check.ts'
import { cloneWithAgents, missingDocker } from '../../../scripts/deploy/docker.ts'
import { until } from '../../../scripts/deploy/until.ts'
import { equal } from '../client.ts'
import { stackOf } from './stack.ts'

interface Targets {
  data: { activeTargets: { labels: { job: string }; health: string }[] }
}

export const check: DeployCheck = {
  artifact: 'compose profile monitoring',
  how: 'brought up beside the service; Prometheus asked for its targets and rules',
  cannot: 'Grafana itself and the newest Prometheus, where the engine has stand-ins for their images',
  missing: missingDocker,
  async run(bench) {
    const { step, folder, signal } = bench
    const clone = await cloneWithAgents(join(folder, 'clone'))
    const stack = await stackOf(bench, clone, 'monitoring')
    await stack.compose('up', '--detach', '--build', '--wait', '--scale=worker=2')
    await step('a key for it is made as the page says', async () => {
      const make = ['keys', 'create', 'prometheus', '--scope', 'metrics:read']
      const key = await stack.compose('exec', '-T', 'api', '/usr/local/bin/bunkhouse', ...make)
      await Bun.write(join(stack.secrets, 'metrics_key'), key)
    })
    await step('Prometheus, Alertmanager, Grafana and the exporter come up, healthy', () =>
      stack.compose('--profile=monitoring', 'up', '--detach', '--wait', '--no-recreate', '--scale=worker=2'),
    )
    const url = `http://127.0.0.1:${stack.options.env?.PROMETHEUS_PORT}`
    await step('every replica and the machine are scraped', async () => {
      let seen = ''
      const wanted = 'bunkhouse:up bunkhouse:up bunkhouse:up node:up prometheus:up'
      await until('all targets are up', AbortSignal.any([signal, AbortSignal.timeout(90_000)]), async () => {
        // Safe: the shape that Prometheus documents.
        const { data } = (await (await fetch(`${url}/api/v1/targets`)).json()) as Targets
        seen = data.activeTargets
          .map(target => `${target.labels.job}:${target.health}`)
          .sort()
          .join(' ')
        return seen === wanted
      }).catch(error => {
        throw new Error(`${error}; there are: ${seen}`)
      })
    })
    await step('its rules are loaded, and Alertmanager is known to it', async () => {
      const rules = await (await fetch(`${url}/api/v1/rules`)).text()
      if (!rules.includes('BunkhouseDown')) throw new Error(rules)
      const managers = await (await fetch(`${url}/api/v1/alertmanagers`)).text()
      if (!managers.includes('alertmanager:9093/api/v2/alerts')) throw new Error(managers)
      equal((await fetch(`http://127.0.0.1:${stack.options.env?.GRAFANA_PORT}/api/health`)).status, 200)
    })
  },
}
