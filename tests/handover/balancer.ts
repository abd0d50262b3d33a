import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { findNginx, howToGetNginx } from '../../scripts/services/nginx.ts'
import { track } from '../lifecycle/processes.ts'
import { until } from '../lifecycle/world.ts'
import type { Service } from '../support/service.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

/** Null where the machine has none: then the reason is told once, and tests that need it are skipped. */
export const nginx = await findNginx()
if (nginx === null) {
  // Skipping would hide there that nothing was tested.
  if (process.env.CI) throw new Error(howToGetNginx)
  console.warn(howToGetNginx)
}

/** A real nginx before processes of the service. */
export interface Balancer extends AsyncDisposable, Pick<Service, 'request'> {
  /** Sends new requests to these only. Those under way go on where they are. */
  route(services: readonly Service[]): Promise<void>
}

type Target = Pick<Service, 'url' | 'key'>

export async function startBalancer(first: Target, ...others: Target[]): Promise<Balancer> {
  const port = freePort()
  let generation = 0
  using files = new DisposableStack()
  const folder = files.use(temporaryFiles())
  const write = (targets: readonly Target[]) => {
    generation += 1
    writeFileSync(join(folder.path, 'nginx.conf'), configuration(folder.path, port, targets, generation))
  }
  write([first, ...others])
  const child = Bun.spawn([nginx ?? '', '-p', folder.path, '-c', join(folder.path, 'nginx.conf'), '-e', 'error.log'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  track(child)
  const kept = files.move()
  const url = `http://127.0.0.1:${port}`
  const taken = () =>
    until('nginx has taken its configuration', async () => {
      if (child.exitCode !== null) throw new Error(await Bun.file(join(folder.path, 'error.log')).text())
      return fetch(`${url}/generation`, { headers: { connection: 'close' } }).then(
        async response => Number(await response.text()) === generation,
        () => false,
      )
    })
  await taken()
  return {
    async route(services) {
      write(services)
      child.kill('SIGHUP')
      await taken()
    },
    request: (method, path, body, headers = {}) =>
      fetch(url + path, {
        method,
        headers: {
          authorization: `Bearer ${first.key}`,
          // A kept connection may be closed by a reload at the very moment it is used again.
          connection: 'close',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM')
      await child.exited
      kept.dispose()
    },
  }
}

/** What a proxy needs, and no more: that streams are not buffered is said by the service itself. */
const configuration = (folder: string, port: number, targets: readonly Target[], generation: number): string => `
daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 2;
pid ${folder}/pid;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  upstream bunkhouse {
    ${targets.map(({ url }) => `server ${new URL(url).host};`).join('\n    ')}
  }
  server {
    listen 127.0.0.1:${port};
    location = /generation { return 200 "${generation}"; }
    location / {
      proxy_pass http://bunkhouse;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_read_timeout 1h;
    }
  }
}
`
