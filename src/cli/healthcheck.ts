import { readConfig } from '../config.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'

export const healthcheck: Command = {
  name: 'healthcheck',
  usage: 'healthcheck [--ready]',
  summary: 'Ask the process on this host whether it is well; for container health checks.',
  help: '--ready     ask /ready instead of /health',
  flags: { ready: { type: 'boolean' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const { host, port } = readConfig()
    const url = `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}${flags.ready ? '/ready' : '/health'}`
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(5_000) })
      console.log(await response.text())
      return response.ok ? exitCode.ok : exitCode.failed
    } catch (error) {
      console.error(`${url} does not answer: ${error instanceof Error ? error.message : error}`)
      return exitCode.failed
    }
  },
}
