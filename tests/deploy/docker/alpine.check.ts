import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench, DeployCheck } from '../../../scripts/deploy/check.ts'
import { must, run } from '../../../scripts/deploy/command.ts'
import {
  buildImage,
  cloneWithAgents,
  docker,
  healthy,
  missingDocker,
  publishedUrl,
  removeImages,
  startContainer,
} from '../../../scripts/deploy/docker.ts'
import { mainJob } from '../client.ts'

const file = 'deploy/docker/alpine.Dockerfile'
const image = 'bunkhouse-check:alpine'
const key = 'bh_a-key-of-this-check-only'

export const check: DeployCheck = {
  artifact: file,
  how: 'its build stage built, and the binary is one for musl; the whole image run where alpine:3.22 is to be had',
  cannot: 'where it is not to be had: the last stage, whether its packages are enough, and execution on musl',
  missing: missingDocker,
  async run(bench) {
    bench.afterwards(() => removeImages(`${image}*`))
    const context = await cloneWithAgents(join(bench.folder, 'clone'))
    await bench.step('it builds a binary for musl', async () => {
      await buildImage(context, { tag: `${image}-build`, version: '1.0.0-a', file, target: 'build' })
      const built = await binaryOf(bench, `${image}-build`)
      if (!built.subarray(0, 4096).includes('/lib/ld-musl-')) throw new Error('its loader is not that of musl')
    })
    const pulled = await run(['docker', 'pull', '--quiet', 'alpine:3.22'])
    if (pulled.status !== 0) return bench.note('no alpine:3.22 here')
    await bench.step('the whole image does the main job', async () => {
      await buildImage(context, { tag: image, version: '1.0.0-a', file })
      const name = `bunkhouse-check-alpine-${process.pid}`
      const flags = ['--read-only', '--cap-drop=ALL', '--publish=127.0.0.1::8000', `--env=BUNKHOUSE_API_KEY=${key}`]
      await startContainer(bench, name, ...flags, image)
      await healthy(name, bench.signal)
      await mainJob({ url: await publishedUrl(name), key })
      await docker('exec', name, 'pg_dump', '--version')
    })
  },
}

async function binaryOf(bench: Bench, from: string): Promise<Buffer> {
  const container = await docker('create', from)
  bench.afterwards(() => run(['docker', 'rm', container]))
  const out = join(bench.folder, 'bunkhouse')
  await must(['docker', 'cp', `${container}:/out/bunkhouse`, out])
  return readFile(out)
}
