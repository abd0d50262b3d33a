import type { Config } from '../config.ts'
import { area, type Finding } from '../doctor/start/finding.ts'
import { localUrl } from './local-url.ts'

const report = area('port')

/** Listens for a moment, to see whether a start could. */
export async function checkPort(config: Config): Promise<Finding[]> {
  const { host, port } = config
  if (port === 0) return [report.ok(`any free one, on ${host}`)]
  try {
    Bun.listen({ hostname: host, port, socket: { data: () => {} } }).stop(true)
    return [report.ok(`${port} on ${host} is free`)]
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    return [code === 'EADDRINUSE' ? await taken(config) : unusable(config, code)]
  }
}

async function taken(config: Config): Promise<Finding> {
  const version = await servedVersion(localUrl(config, '/health'))
  if (version !== null) return report.note(`${config.port} is served by Bunkhouse ${version}`)
  return report.fail(`${config.port} is taken by another program`, 'Set PORT to another one, or stop that program.')
}

async function servedVersion(url: string): Promise<string | null> {
  try {
    const health: unknown = await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).json()
    const ours = typeof health === 'object' && health !== null && 'version' in health && 'environment' in health
    return ours ? String(health.version) : null
  } catch {
    return null
  }
}

function unusable({ host, port }: Config, code: unknown): Finding {
  if (code === 'EACCES') {
    return report.fail(`${port} may not be used by this user`, 'Set PORT to one of 1024 and above.')
  }
  return report.fail(`${host} is no address of this machine`, 'Set HOST to 0.0.0.0, 127.0.0.1 or an address it has.')
}
