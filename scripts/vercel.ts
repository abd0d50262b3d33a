// `bun scripts/vercel.ts`: the function for Vercel as one file, dist/vercel/service.js, which api/service.js takes in.
import { resolve } from 'node:path'

const root = resolve(import.meta.dir, '..')
await Bun.build({
  entrypoints: [resolve(root, 'deploy/vercel/service.ts')],
  outdir: resolve(root, 'dist/vercel'),
  target: 'bun',
  format: 'esm',
  minify: { whitespace: true, syntax: true, identifiers: false },
  sourcemap: 'linked',
})
