// `bun run start`: serves the sources, from a bundle of them where that is made already.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { bundleFolder } from './bundle.ts'

const bundled = join(bundleFolder(), 'main.js')
const isMade = existsSync(bundled)
if (!isMade) {
  // For the next start. Where that cannot be (a file system that is read-only), every start is from the sources.
  Bun.spawn([process.execPath, join(import.meta.dir, 'bundle.ts')], { stdio: ['ignore', 'ignore', 'ignore'] }).unref()
}
await import(isMade ? bundled : '../src/main.ts')
