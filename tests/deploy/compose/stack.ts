import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Bench } from '../../../scripts/deploy/check.ts'
import { type CommandOptions, must, run } from '../../../scripts/deploy/command.ts'
import { removeImages } from '../../../scripts/deploy/docker.ts'
import { freePort } from '../../../scripts/services/free-port.ts'
import type { Client } from '../client.ts'

/** deploy/compose.yaml of a clone, as its operator uses it. */
export interface Stack extends Client {
  clone: string
  secrets: string
  httpUrl: string
  /** Options for programs that call docker compose. */
  options: CommandOptions
  compose(...words: string[]): Promise<string>
  /** Names of the containers of a service that run. */
  containers(service: string): Promise<string[]>
}

/** Makes the secrets, and takes everything away at the end; starts nothing. */
export async function stackOf(bench: Bench, clone: string, name: string): Promise<Stack> {
  const secrets = join(bench.folder, `${name}-secrets`)
  await must([join(clone, 'deploy/make-secrets'), secrets])
  const [httpPort, httpsPort] = [freePort(), freePort()]
  const options: CommandOptions = {
    cwd: clone,
    env: {
      COMPOSE_PROJECT_NAME: `bunkhouse-check-${name}-${process.pid}`,
      SECRETS: secrets,
      CERTIFICATES: join(secrets, 'certificates'),
      BUNKHOUSE_IMAGE: `bunkhouse-check:${name}`,
      APP_VERSION: '1.0.0-a',
      HTTP_PORT: String(httpPort),
      HTTPS_PORT: String(httpsPort),
      PROMETHEUS_PORT: String(freePort()),
      ALERTMANAGER_PORT: String(freePort()),
      GRAFANA_PORT: String(freePort()),
    },
    signal: bench.signal,
  }
  const line = ['docker', 'compose', '--file', 'deploy/compose.yaml']
  const compose = (...words: string[]) => must([...line, ...words], options)
  bench.afterwards(async () => {
    const { signal: _over, ...always } = options
    await run([...line, '--profile=*', 'down', '--volumes', '--remove-orphans', '--timeout=1'], always)
    await removeImages(`bunkhouse-check:${name}*`)
  })
  return {
    clone,
    secrets,
    options,
    compose,
    url: `https://127.0.0.1:${httpsPort}`,
    httpUrl: `http://127.0.0.1:${httpPort}`,
    key: (await readFile(join(secrets, 'api_key'), 'utf8')).trim(),
    ca: await readFile(join(secrets, 'certificates/fullchain.pem'), 'utf8'),
    containers: async service =>
      (await compose('ps', '--format={{.Name}}', service)).split('\n').filter(Boolean).sort(),
  }
}
