import type { ShippedPackage } from './packages.ts'

/** The list of what ships in the form of CycloneDX 1.6. The same packages give the same text: it holds no time. */
export function sbomOf(packages: ShippedPackage[], own: { version: string; bun: string }) {
  const self = `pkg:npm/bunkhouse@${own.version}`
  const runtime = `pkg:github/oven-sh/bun@bun-v${own.bun}`
  const refs = new Map(packages.map(one => [one.folder, refOf(one)]))
  const depended = new Set(packages.flatMap(({ dependsOn }) => dependsOn))
  const components = [
    {
      type: 'framework',
      'bom-ref': runtime,
      name: 'bun',
      version: own.bun,
      purl: runtime,
      description: 'The runtime in the compiled program. It is linked with JavaScriptCore.',
      licenses: [{ license: { id: 'MIT' } }, { license: { id: 'LGPL-2.0-or-later' } }],
    },
    ...packages.map(componentOf),
  ]
  const top = packages.filter(({ folder }) => !depended.has(folder)).map(refOf)
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: `urn:uuid:${uuidOf(JSON.stringify([own, components]))}`,
    version: 1,
    metadata: {
      lifecycles: [{ phase: 'build' }],
      component: {
        type: 'application',
        'bom-ref': self,
        name: 'bunkhouse',
        version: own.version,
        purl: self,
        licenses: [{ license: { id: 'MIT' } }],
      },
    },
    components,
    dependencies: [
      { ref: self, dependsOn: [runtime, ...top] },
      ...packages.map(one => ({
        ref: refOf(one),
        dependsOn: [...new Set(one.dependsOn.flatMap(folder => refs.get(folder) ?? []))].sort(),
      })),
    ],
  }
}

const purlOf = ({ name, version }: ShippedPackage): string => `pkg:npm/${name.replace('@', '%40')}@${version}`
/** Two folders may hold the same version. */
const refOf = (one: ShippedPackage): string => `${purlOf(one)}#${one.folder}`

function componentOf(one: ShippedPackage) {
  const [, group, name = one.name] = /^(@[^/]+)\/(.+)$/.exec(one.name) ?? []
  return {
    type: 'library',
    'bom-ref': refOf(one),
    ...(group !== undefined && { group }),
    name,
    version: one.version,
    purl: purlOf(one),
    ...(one.sha512 !== null && { hashes: [{ alg: 'SHA-512', content: one.sha512 }] }),
    licenses: [/\s/.test(one.licence) ? { expression: one.licence } : { license: { id: one.licence } }],
  }
}

/** A UUID of version 8, which follows from a text. */
function uuidOf(text: string): string {
  const hex = new Bun.CryptoHasher('sha256').update(text).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
