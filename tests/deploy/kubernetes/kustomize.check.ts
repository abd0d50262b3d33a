import { join, relative } from 'node:path'
import type { DeployCheck } from '../../../scripts/deploy/check.ts'
import { missingProgram, must, root } from '../../../scripts/deploy/command.ts'
import { at } from '../../../scripts/deploy/kubernetes/json-path.ts'
import { type Manifest, readManifests } from '../../../scripts/deploy/kubernetes/manifest.ts'
import { find, setFaults } from '../../../scripts/deploy/kubernetes/set-faults.ts'
import { typeFaults } from '../../../scripts/deploy/kubernetes/type-faults.ts'
import { holdTogether } from './hold-together.ts'

const folder = join(root, 'deploy/k8s')
const built = ['base', 'single', 'overlays/kind', 'overlays/ack']

export const check: DeployCheck = {
  artifact: 'deploy/k8s',
  how: 'kubectl kustomize of the bases and overlays, against typed schemas with unknown fields refused, and against the restricted pod security standard',
  cannot: 'a rollout: no cluster here, neither kind nor ACK',
  missing: () => missingProgram('kubectl'),
  async run({ step, note, folder: own }) {
    const sets = await step(`${built.join(', ')} build`, async () => {
      const all = new Map<string, Manifest[]>()
      for (const name of built) all.set(name, readManifests(await must(['kubectl', 'kustomize', join(folder, name)])))
      return all
    })
    const monitored = await step('the component for monitoring goes on top of the base', async () => {
      // Kustomize takes no absolute paths.
      const to = (name: string) => relative(own, join(folder, name))
      const kustomization = { resources: [to('base')], components: [to('components/monitoring')] }
      await Bun.write(join(own, 'kustomization.yaml'), JSON.stringify(kustomization))
      return readManifests(await must(['kubectl', 'kustomize', own]))
    })
    const files = ['blue-green/ingress.yaml'].map(file => Bun.file(join(folder, file)).text())
    const loose = (await Promise.all(files)).flatMap(readManifests)

    await step('every object has the types of the Kubernetes API, and no field that it does not know', async () => {
      const all = [...[...sets.values()].flat(), ...monitored, ...loose]
      const seen = new Map(all.map(manifest => [JSON.stringify(manifest), manifest]))
      note(`${seen.size} different objects`)
      holdTogether(await typeFaults([...seen.values()]))
    })
    await step('every pod keeps to the restricted standard, and the objects of a set fit together', () => {
      for (const [name, manifests] of sets) holdTogether(setFaults(manifests), name)
      holdTogether(setFaults(monitored), 'monitoring')
    })
    await step('the namespaces of the overlays enforce that standard', () => {
      for (const name of ['overlays/kind', 'overlays/ack']) {
        const labels = at(find(sets.get(name) ?? [], 'Namespace', 'bunkhouse'), 'metadata', 'labels')
        if (at(labels, 'pod-security.kubernetes.io/enforce') !== 'restricted') throw new Error(name)
      }
    })
    await step('the port of the kind cluster is the one its Service has', async () => {
      const cluster = Bun.YAML.parse(await Bun.file(join(folder, 'overlays/kind/cluster.yaml')).text())
      const service = find(sets.get('overlays/kind') ?? [], 'Service', 'bunkhouse')
      const ports = JSON.stringify([at(service, 'spec', 'ports'), cluster]).match(/30080/g)
      if (at(service, 'spec', 'type') !== 'NodePort' || ports?.length !== 2) throw new Error('they differ')
    })
  },
}
