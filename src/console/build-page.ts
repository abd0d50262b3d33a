import { join } from 'node:path'

/** A file of the console as browsers get it. */
export interface PageFile {
  type: string
  /** Compressed by gzip, in base64. */
  gzip: string
}

/** By their names, which tell what is in them. */
export interface PageFiles {
  script: string
  /** Also those of what is loaded later. */
  styles: string[]
  files: Record<string, PageFile>
}

/** Makes the console's files of its sources. A build of the service does it once, and brings them along. */
export async function buildPage(): Promise<PageFiles> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, 'page/main.tsx')],
    target: 'browser',
    splitting: true,
    minify: true,
    naming: { entry: '[name]-[hash].[ext]', chunk: '[name]-[hash].[ext]', asset: '[name]-[hash].[ext]' },
    publicPath: '/console/assets/',
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  const files: Record<string, PageFile> = {}
  let script = ''
  const styles: string[] = []
  for (const output of built.outputs) {
    const name = output.path.slice(output.path.lastIndexOf('/') + 1)
    if (output.kind === 'entry-point' && name.endsWith('.js')) script = name
    if (name.endsWith('.css')) styles.push(name)
    const bytes = Bun.gzipSync(new Uint8Array(await output.arrayBuffer()), { level: 9 })
    files[name] = { type: output.type, gzip: Buffer.from(bytes).toString('base64') }
  }
  return { script, styles, files }
}
