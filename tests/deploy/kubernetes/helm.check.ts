import { join } from 'node:path'
import type { DeployCheck } from '../../../scripts/deploy/check.ts'
import { missingProgram, must, root, run } from '../../../scripts/deploy/command.ts'
import { at } from '../../../scripts/deploy/kubernetes/json-path.ts'
import { readManifests } from '../../../scripts/deploy/kubernetes/manifest.ts'
import { find, setFaults } from '../../../scripts/deploy/kubernetes/set-faults.ts'
import { typeFaults } from '../../../scripts/deploy/kubernetes/type-faults.ts'
import { matrix, refused } from './chart-values.ts'
import { holdTogether } from './hold-together.ts'

const chart = join(root, 'deploy/helm/bunkhouse')
const values = (name: string) => join(root, `deploy/helm/values/${name}.yaml`)

const render = async (...flags: string[]) =>
  readManifests(await must(['helm', 'template', 'bunkhouse', chart, '--namespace', 'bunkhouse', ...flags]))
const flagsOf = (settings: Record<string, string>) =>
  Object.entries(settings).flatMap(([name, value]) => ['--set-json', `${name}=${value}`])

export const check: DeployCheck = {
  artifact: 'deploy/helm/bunkhouse',
  how: 'helm lint --strict; rendered over a matrix of values, against typed schemas with unknown fields refused, and against the restricted pod security standard',
  cannot: 'a rollout: no cluster here, so probes, autoscaling, network policies and the certificate are not exercised',
  missing: () => missingProgram('helm'),
  async run({ step, note, folder }) {
    await step('helm lint --strict has nothing against it', async () => {
      await must(['helm', 'lint', '--strict', chart])
      for (const name of ['production', 'canary', 'blue-green']) {
        const base = name === 'production' ? [] : ['--values', values('production')]
        await must(['helm', 'lint', '--strict', chart, ...base, '--values', values(name)])
      }
    })

    const sets = await step(`it renders with each of ${matrix.length} sets of values`, () =>
      Promise.all(matrix.map(async settings => ({ settings, manifests: await render(...flagsOf(settings)) }))),
    )
    const production = await render('--values', values('production'))
    const canary = await render('--values', values('production'), '--values', values('canary'))
    const all = [...sets, { settings: {}, manifests: production }, { settings: {}, manifests: canary }]
    note(`${all.length} sets of values`)

    await step('every object has the types of the Kubernetes API, and no field that it does not know', async () => {
      const seen = new Map(
        all.flatMap(({ manifests }) => manifests).map(manifest => [JSON.stringify(manifest), manifest]),
      )
      note(`${seen.size} different objects`)
      holdTogether(await typeFaults([...seen.values()]))
    })
    await step('every pod keeps to the restricted standard, and the objects of a set fit together', () => {
      for (const { settings, manifests } of all) holdTogether(setFaults(manifests), JSON.stringify(settings))
    })
    await step('a rolling update takes no pod away before another is ready', () => {
      for (const component of ['api', 'worker']) {
        const { maxUnavailable, maxSurge } = Object(
          at(find(production, 'Deployment', `bunkhouse-${component}`), 'spec', 'strategy', 'rollingUpdate'),
        )
        if (maxUnavailable !== 0 || maxSurge !== 1) throw new Error(`${component}: ${maxUnavailable}, ${maxSurge}`)
      }
    })
    await step('migrations run before an install and before an upgrade, with the database alone', () => {
      const job = find(production, 'Job', 'bunkhouse-migrate')
      const hooks = at(job, 'metadata', 'annotations', 'helm.sh/hook')
      if (hooks !== 'pre-install,pre-upgrade') throw new Error(`hooks: ${hooks}`)
      if (JSON.stringify(job).includes('envFrom')) throw new Error('it gets every secret')
    })
    await step('it brings the very rules that Prometheus reads without an operator', async () => {
      const rules = Bun.YAML.parse(await Bun.file(join(root, 'deploy/monitoring/rules/bunkhouse.rules.yml')).text())
      const shipped = find(production, 'PrometheusRule', 'bunkhouse').spec
      if (!Bun.deepEquals(shipped, rules)) throw new Error('copy the rules to deploy/helm/bunkhouse/files')
    })

    await step(`values that are wrong are refused: ${refused.length} of them`, async () => {
      for (const { settings, because } of refused) {
        const { status, stderr } = await run(['helm', 'template', 'bunkhouse', chart, ...flagsOf(settings)])
        if (status === 0 || !stderr.includes(because)) {
          throw new Error(`${JSON.stringify(settings)}: status ${status}, ${stderr.slice(0, 500)}`)
        }
      }
    })
    await step('it can be packed, and the package renders the same', async () => {
      await must(['helm', 'package', chart, '--destination', folder, '--version', '9.9.9', '--app-version', '9.9.9'])
      const packed = await must(['helm', 'template', 'bunkhouse', join(folder, 'bunkhouse-9.9.9.tgz')])
      const image = at(
        find(readManifests(packed), 'StatefulSet', 'bunkhouse'),
        'spec',
        'template',
        'spec',
        'containers',
      )
      if (!JSON.stringify(image).includes('bunkhouse:9.9.9')) throw new Error('not the image of its version')
    })
  },
}
