// `bun run sbom`: what is in the bundle, as CycloneDX JSON in dist/bunkhouse.cdx.json. Made of the bundler's own record of
// which files it took, not of what is installed.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import packageJson from '../package.json' with { type: 'json' }
import { shippedPackages } from './shipped/packages.ts'
import { sbomOf } from './shipped/sbom.ts'

const file = join(resolve(import.meta.dir, '..'), 'dist/bunkhouse.cdx.json')
const packages = await shippedPackages()
const version = process.env.APP_VERSION || packageJson.version
mkdirSync(dirname(file), { recursive: true })
writeFileSync(file, `${JSON.stringify(sbomOf(packages, { version, bun: Bun.version }), null, 2)}\n`)
console.log(`${file}: ${packages.length} packages and Bun ${Bun.version}`)
