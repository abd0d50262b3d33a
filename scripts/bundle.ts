// The sources as few files, which load in half the time of four hundred. Made beside the first start from changed sources
// (scripts/serve.ts), for those that follow.
import { existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { buildPage } from '../src/console/build-page.ts'

const root = resolve(import.meta.dir, '..')
const bundles = join(root, 'dist/start')
const keptMs = 7 * 24 * 3_600_000

/** Where the bundle of the sources as they are now stands, if it is made: their names, sizes and times name its folder. */
export function bundleFolder(): string {
  const hash = new Bun.CryptoHasher('sha256').update(`${Bun.version} ${root}`)
  for (const file of ['package.json', 'bun.lock', ...filesIn('src'), ...filesIn('migrations')]) {
    const { size, mtimeMs } = statSync(join(root, file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  return join(bundles, hash.digest('hex').slice(0, 16))
}

const filesIn = (folder: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && !entry.name.endsWith('.test.ts'))
    .map(entry => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort()

/** Made apart and renamed, so that nobody loads half of one. */
export async function makeBundle(folder: string): Promise<void> {
  mkdirSync(bundles, { recursive: true })
  const made = await mkdtemp(join(bundles, '.made-'))
  try {
    await Bun.build({
      entrypoints: [join(root, 'src/main.ts')],
      outdir: made,
      // The page's assets are named by where they will stand.
      publicPath: `${folder}/`,
      target: 'bun',
      format: 'esm',
      // What is loaded later stays in files of its own.
      splitting: true,
      minify: { whitespace: true, syntax: true, identifiers: false },
      sourcemap: 'linked',
      define: { 'process.env.BUNKHOUSE_CONSOLE_PAGE': JSON.stringify(JSON.stringify(await buildPage())) },
    })
    // It was changed while it was read, or somebody else was quicker: the next start sees to it.
    if (bundleFolder() === folder && !existsSync(folder)) await rename(made, folder)
  } finally {
    await rm(made, { recursive: true, force: true })
  }
  dropOld(folder)
}

/** A process that runs from an earlier one may still load a part of it. */
function dropOld(current: string): void {
  for (const name of readdirSync(bundles)) {
    const folder = join(bundles, name)
    if (folder !== current && Date.now() - statSync(folder).mtimeMs > keptMs) rmSync(folder, { recursive: true })
  }
}

if (import.meta.main) await makeBundle(bundleFolder())
