import { plugin } from 'bun'
import * as api from '../define.ts'

// Plugins belong to the process and cannot be taken back, so this is remembered for the process too.
let registered = false

/**
 * Lets agent files `import … from 'bunkhouse'` wherever they lie, also when this program is a compiled binary and
 * nothing of that name is installed.
 */
export function registerBunkhouseModule(): void {
  if (registered) return
  registered = true
  plugin({
    name: 'bunkhouse',
    setup(build) {
      build.module('bunkhouse', () => ({ exports: { ...api }, loader: 'object' }))
    },
  })
}

export const bunkhouseExports: readonly string[] = Object.keys(api)
