// Holds src against the rules in layout-rules.ts. Exits with 1 when a file breaks one.
import { join, resolve } from 'node:path'
import { findLayoutFaults } from './find-layout-faults.ts'

const source = resolve(import.meta.dir, '../src')
const files = new Map<string, string>()
for (const file of new Bun.Glob('**/*.{ts,tsx}').scanSync(source))
  files.set(file, await Bun.file(join(source, file)).text())

const faults = findLayoutFaults(files)
for (const { file, message } of faults) console.error(`src/${file}: ${message}`)
console.log(`${files.size} files, ${faults.length} faults`)
if (faults.length > 0) process.exit(1)
