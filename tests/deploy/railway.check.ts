import { join } from 'node:path'
import { createRailwayContext, type ProjectDefinition, project, type ServiceNode } from 'railway/iac'
import program from '../../.railway/railway.ts'
import type { DeployCheck } from '../../scripts/deploy/check.ts'
import { must, root } from '../../scripts/deploy/command.ts'
import { faultsAgainst } from '../../scripts/deploy/schemas/closed.ts'
import { RailwayJson } from '../../scripts/deploy/schemas/railway.ts'
import { readConfig } from '../../src/config.ts'
import { holdTogether } from './kubernetes/hold-together.ts'

const evaluate = (environment: string): Promise<ProjectDefinition> | ProjectDefinition =>
  program(createRailwayContext({ environment, environmentName: environment }), project)

const servicesOf = ({ resources }: ProjectDefinition): ServiceNode[] =>
  [resources ?? []].flat(3).flatMap(resource => ('type' in resource && resource.type === 'service' ? [resource] : []))

/** What a service's variables are when Railway has filled them in. */
const filledIn = ({ variables }: ServiceNode): Record<string, string> =>
  Object.fromEntries(
    Object.entries(variables ?? {}).map(([name, value]) => {
      if (value.type === 'literal') return [name, String(value.value)]
      if (name === 'REDIS_URL') return [name, 'redis://default:password@cache.railway.internal:6379']
      if (name === 'DATABASE_URL') return [name, 'postgres://postgres:password@database.railway.internal:5432/railway']
      return [name, 'a secret of sixteen letters']
    }),
  )

export const check: DeployCheck = {
  artifact: '.railway/railway.ts, railway.json',
  how: 'typed by the package railway and evaluated for two environments; closed list of keys; every variable read by the service',
  cannot: 'a deploy, and `railway config plan`: both need an account',
  async run({ step }) {
    await step('railway.json has known keys only', async () => {
      holdTogether(faultsAgainst(RailwayJson, await Bun.file(join(root, 'railway.json')).json()))
    })
    await step('the Dockerfile for Railway is that of the root, without what Railway refuses', async () => {
      await must([process.execPath, 'scripts/railway-dockerfile.ts', '--check'])
      const text = await Bun.file(join(root, 'deploy/railway/Dockerfile')).text()
      if (/^VOLUME|--mount=/m.test(text)) throw new Error('Railway would refuse it')
    })
    const single = servicesOf(await evaluate('staging'))
    const scaled = servicesOf(await evaluate('production'))
    await step('without an environment of its own it is one service with a volume at /data', () => {
      const [service, ...others] = single
      if (!service || others.length > 0) throw new Error(`${single.length} services`)
      const mounted = JSON.stringify(service)
      if (!mounted.includes('"mountPath":"/data"') || !mounted.includes('sqlite:/data/')) throw new Error(mounted)
      if (service.deploy?.numReplicas !== 1 || service.deploy.overlapSeconds !== 0)
        throw new Error('two would share a file')
    })
    await step('in production it is api and worker on Postgres and Redis', () => {
      const roles = Object.fromEntries(scaled.map(service => [service.name, filledIn(service).ROLES]))
      if (!Bun.deepEquals(roles, { api: 'api,scheduler', worker: 'worker' })) throw new Error(JSON.stringify(roles))
      for (const { variables } of scaled) {
        if (variables?.DATABASE_URL?.type !== 'reference' || variables.REDIS_URL?.type !== 'reference')
          throw new Error()
      }
    })
    await step('every service is told when to be ready, drains long enough, and understands its variables', () => {
      for (const service of [...single, ...scaled]) {
        const { RAILWAY_RUN_UID: _own, ...variables } = filledIn(service)
        const { drainSeconds } = readConfig(variables)
        if ((service.deploy?.drainingSeconds ?? 0) < drainSeconds + 10) throw new Error(`${service.name}: too short`)
        if (service.deploy?.healthcheckPath !== '/ready') throw new Error(`${service.name}: no health check`)
        if (service.build?.dockerfilePath !== 'deploy/railway/Dockerfile')
          throw new Error(`${service.name}: Dockerfile`)
      }
    })
  },
}
