// `bun run licences`: the licences of what ships, in dist/licences.txt; fails on one that is unknown or copyleft.
// With --check it writes nothing.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { isPermissive } from './shipped/licence.ts'
import { type ShippedPackage, shippedPackages } from './shipped/packages.ts'

const root = resolve(import.meta.dir, '..')
const file = join(root, 'dist/licences.txt')

const packages = await shippedPackages()
const wrong = packages.filter(({ licence }) => !isPermissive(licence))
for (const { name, version, licence } of wrong) {
  console.error(`${name} ${version} ships, and its licence is ${licence || 'not stated'}.`)
}
if (wrong.length > 0) {
  console.error('Do without it, or let scripts/shipped/licence.ts know its licence.')
  process.exit(1)
}
if (process.argv[2] === '--check') {
  console.log(`${packages.length} packages, each with a permissive licence`)
} else {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${head()}${packages.map(noticeOf).join('\n')}`)
  for (const [licence, together] of Map.groupBy(packages, one => one.licence)) {
    console.log(`${licence}: ${together.map(({ name, version }) => `${name} ${version}`).join(', ')}`)
  }
  console.log(`\n${file}`)
}

function head(): string {
  return `Bunkhouse is under the MIT licence. It contains these packages, each under its own. The compiled program also contains
Bun ${Bun.version} (MIT), which is linked with JavaScriptCore (LGPL-2) and others: https://bun.com/docs/project/license

${packages.map(({ name, version, licence }) => `${name} ${version}: ${licence}`).join('\n')}

`
}

function noticeOf({ name, version, folder, licence }: ShippedPackage): string {
  const inside = join(root, folder)
  const names = existsSync(inside)
    ? readdirSync(inside).filter(entry => /^(licen[cs]e|notice|copying)/i.test(entry))
    : []
  const texts = names.map(entry => readFileSync(join(inside, entry), 'utf8').trim())
  const rule = '='.repeat(100)
  return `${rule}\n${name} ${version} (${licence})\n${rule}\n${texts.join('\n\n') || 'Its package holds no text of the licence.'}\n`
}
