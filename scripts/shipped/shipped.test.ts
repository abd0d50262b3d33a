import { beforeAll, describe, expect, test } from 'bun:test'
import { join, resolve } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { isPermissive } from './licence.ts'
import { readManifest, type ShippedPackage, shippedPackages } from './packages.ts'
import { sbomOf } from './sbom.ts'

const root = resolve(import.meta.dir, '../..')
const versions = { version: '1.2.3', bun: Bun.version }
let packages: ShippedPackage[]
beforeAll(async () => {
  packages = await shippedPackages()
}, 60_000)

describe('what ships', () => {
  test('is what the bundler took, and nothing that only the project’s own tools use', () => {
    const names = new Set(packages.map(({ name }) => name))
    for (const name of ['elysia', 'drizzle-orm', 'postgres', 'ioredis', 'pino', 'swagger-ui-dist', 'croner']) {
      expect({ name, ships: names.has(name) }).toEqual({ name, ships: true })
    }
    for (const name of Object.keys(packageJson.devDependencies)) {
      // What a dependency needs too may be both.
      if (name !== 'zod') expect({ name, ships: names.has(name) }).toEqual({ name, ships: false })
    }
  })

  test('is named with the version that is installed and the hash that is locked', () => {
    for (const { name, version, folder, sha512 } of packages) {
      expect(readManifest(folder)).toMatchObject({ name, version })
      expect(sha512).toMatch(/^[0-9a-f]{128}$/)
    }
  })

  test('may ship', () => {
    expect(packages.filter(({ licence }) => !isPermissive(licence)).map(({ name }) => name)).toEqual([])
  })
})

describe('the bill of materials', () => {
  test('has a component for each package, and its edges lead to components', () => {
    const bom = sbomOf(packages, versions)
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.6', version: 1 })
    expect(bom.serialNumber).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    const refs = bom.components.map(component => component['bom-ref'])
    expect(refs).toHaveLength(packages.length + 1)
    expect(new Set(refs).size).toBe(refs.length)
    const known = new Set([...refs, bom.metadata.component['bom-ref']])
    expect(
      bom.dependencies.flatMap(({ ref, dependsOn }) => [ref, ...dependsOn]).filter(ref => !known.has(ref)),
    ).toEqual([])
    // Whatever ships is reached from the program.
    const edges = new Map(bom.dependencies.map(({ ref, dependsOn }) => [ref, dependsOn]))
    const reached = new Set<string>()
    const walk = (ref: string): void => {
      if (reached.has(ref)) return
      reached.add(ref)
      edges.get(ref)?.forEach(walk)
    }
    walk(bom.metadata.component['bom-ref'])
    expect(refs.filter(ref => !reached.has(ref))).toEqual([])
  })

  test('is the same for the same packages', () => {
    expect(JSON.stringify(sbomOf(packages, versions))).toBe(JSON.stringify(sbomOf(packages, versions)))
    expect(sbomOf(packages, versions).serialNumber).not.toBe(sbomOf(packages.slice(1), versions).serialNumber)
  })
})

describe('the audit of dependencies', () => {
  const audit = async (answer: () => Response) => {
    await using registry = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: answer })
    const child = Bun.spawn([process.execPath, join(root, 'scripts/audit-dependencies.ts')], {
      env: { PATH: process.env.PATH, BUN_CONFIG_REGISTRY: registry.url.href, npm_config_registry: registry.url.href },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, code] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited])
    return { code, output: stdout + stderr }
  }

  test('passes where nothing is known', async () => {
    expect(await audit(() => Response.json({}))).toEqual({
      code: 0,
      output: 'Nothing is known against the dependencies.\n',
    })
  }, 60_000)

  test('fails where something is, and says what', async () => {
    const known = { title: 'Too kind', severity: 'high', url: 'https://example.com/1', vulnerable_versions: '<2' }
    const { code, output } = await audit(() => Response.json({ elysia: [{ id: 1, ...known }] }))
    expect(code).toBe(1)
    expect(output).toContain('high: elysia <2: Too kind (https://example.com/1)')
  }, 60_000)

  test('says so where it could not ask', async () => {
    const { code, output } = await audit(() => new Response('no', { status: 405 }))
    expect(code).toBe(3)
    expect(output).toStartWith('NOT ASKED')
  }, 60_000)
})
