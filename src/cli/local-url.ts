import type { Config } from '../config.ts'

/** Where a service with this configuration answers to programs of its own machine. */
export function localUrl({ host, port }: Pick<Config, 'host' | 'port'>, path = ''): string {
  const name = { '0.0.0.0': '127.0.0.1', '::': '[::1]' }[host] ?? (host.includes(':') ? `[${host}]` : host)
  return `http://${name}:${port}${path}`
}
