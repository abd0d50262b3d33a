import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from './check.ts'
import { missingProgram, must, root, run } from './command.ts'
import { until } from './until.ts'

/** For `missing` of a check: why no container can be run here. */
export async function missingDocker(): Promise<string | null> {
  const absent = missingProgram('docker')
  if (absent !== null) return absent
  const { status } = await run(['docker', 'info'], { signal: AbortSignal.timeout(20_000) })
  return status === 0 ? null : 'no docker engine answers'
}

export const docker = (...words: string[]): Promise<string> => must(['docker', ...words]).then(text => text.trim())

/** What an image is made of, as in a clone to which its operator has added agents. */
export async function cloneWithAgents(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const parts = ['package.json', 'bun.lock', 'bunfig.toml', 'tsconfig.json', 'src', 'migrations', 'scripts', 'deploy']
  for (const part of [...parts, 'Dockerfile', '.dockerignore']) {
    await cp(join(root, part), join(folder, part), { recursive: true })
  }
  await cp(join(root, 'tests/deploy/clone'), folder, { recursive: true })
  return folder
}

export interface BuildOptions {
  tag: string
  version: string
  target?: string
  file?: string
}

export const buildImage = (context: string, { tag, version, target, file }: BuildOptions): Promise<string> =>
  docker(
    'build',
    `--tag=${tag}`,
    `--build-arg=APP_VERSION=${version}`,
    ...(target === undefined ? [] : [`--target=${target}`]),
    ...(file === undefined ? [] : [`--file=${join(context, file)}`]),
    context,
  )

/** Of a container or an image, by a template of Go. */
export const inspect = (name: string, template: string): Promise<string> =>
  docker('inspect', `--format=${template}`, name)

export const healthy = (container: string, signal: AbortSignal): Promise<void> =>
  until(`${container} is healthy`, signal, async () => {
    const [status, health] = (await inspect(container, '{{.State.Status}} {{.State.Health.Status}}')).split(' ')
    if (status === 'exited') throw new Error(`it ended:\n${await logsOf(container)}`)
    return health === 'healthy'
  })

export const logsOf = async (container: string): Promise<string> => {
  const { stdout, stderr } = await run(['docker', 'logs', container])
  return stdout + stderr
}

/** Starts a container that is removed at the end, with its volumes; resolves to its name. */
export async function startContainer(bench: Bench, name: string, ...words: string[]): Promise<string> {
  bench.afterwards(() => run(['docker', 'rm', '--force', '--volumes', name]))
  await docker('run', '--detach', `--name=${name}`, ...words)
  return name
}

/** The names that fit; what they were built of stays in the cache of builds. */
export async function removeImages(pattern: string): Promise<void> {
  const names = await docker('image', 'ls', `--filter=reference=${pattern}`, '--format={{.Repository}}:{{.Tag}}')
  if (names !== '') await run(['docker', 'image', 'rm', ...names.split('\n')])
}

/** Where a port of a container is reached from here. */
export const publishedUrl = async (container: string, port = 8000): Promise<string> =>
  `http://${(await docker('port', container, String(port))).split('\n', 1)[0]?.replace('0.0.0.0', '127.0.0.1')}`
