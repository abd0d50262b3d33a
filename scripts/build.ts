// `bun run build`: the whole service as one program, dist/bunkhouse, with its source map beside it.
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { buildPage } from '../src/console/build-page.ts'

const usage = `usage: bun run build [--target TARGET] [--outfile FILE]
  --target TARGET  bun-linux-x64, bun-linux-arm64, bun-linux-x64-musl, bun-darwin-arm64, … (default: this machine)
  --outfile FILE   default dist/bunkhouse
APP_VERSION, when set, is the version it reports; else that of package.json.`

const root = resolve(import.meta.dir, '..')
const flags = readFlags()
if (flags.help) {
  console.log(usage)
  process.exit()
}

const started = performance.now()
const outfile = resolve(flags.outfile)
const version = process.env.APP_VERSION || packageJson.version
await mkdir(dirname(outfile), { recursive: true })
// Built apart and renamed, so that a build that fails or is cut off leaves the last one in place.
const folder = await mkdtemp(join(dirname(outfile), '.build-'))
try {
  const built = join(folder, basename(outfile))
  await Bun.build({
    entrypoints: [join(root, 'src/main.ts')],
    compile: {
      outfile: built,
      // The binary serves in folders that are not ours: only .env is read there, not settings for Bun itself.
      autoloadBunfig: false,
      // Safe: an unknown target is refused by name, with a list of the known ones.
      ...(flags.target && { target: flags.target as Bun.Build.CompileTarget }),
    },
    minify: true,
    bytecode: true,
    format: 'esm',
    sourcemap: 'external',
    define: {
      'process.env.BUNKHOUSE_BUILD_VERSION': JSON.stringify(version),
      'process.env.BUNKHOUSE_CONSOLE_PAGE': JSON.stringify(JSON.stringify(await buildPage())),
    },
  })
  await rename(`${built}.map`, `${outfile}.map`)
  await rename(built, outfile)
} catch (error) {
  console.error(error instanceof TypeError ? error.message : error)
  process.exitCode = 1
} finally {
  await rm(folder, { recursive: true })
}

if (!process.exitCode) {
  const megabytes = (Bun.file(outfile).size / 1e6).toFixed(1)
  console.log(`${outfile}: version ${version}, ${megabytes} MB, built in ${Math.round(performance.now() - started)} ms`)
}

function readFlags() {
  try {
    return parseArgs({
      options: {
        target: { type: 'string' },
        outfile: { type: 'string', default: join(root, 'dist/bunkhouse') },
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`)
    process.exit(2)
  }
}
