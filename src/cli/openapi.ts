import type { AnyElysia } from 'elysia'
import { routesOf } from '../app-routes.ts'
import { readConfig, roles } from '../config.ts'
import { documentRoutes } from '../docs/document.ts'
import { type Command, textFlag } from './command.ts'
import { exitCode } from './exit-code.ts'
import { claimStdout } from './stdout.ts'

export const openapi: Command = {
  name: 'openapi',
  usage: 'openapi [--out FILE]',
  summary: 'Print the OpenAPI document, as /swagger/json answers it.',
  help: [
    '--out FILE   write it to a file',
    '',
    'Opens neither a database nor a port.',
    'Exit status: 0 done, 1 the file cannot be written, 2 wrong command line or configuration.',
  ].join('\n'),
  flags: { out: { type: 'string' } },
  args: { min: 0, max: 0 },
  async run({ flags }) {
    const { text } = await documentRoutes(allRoutes(), readConfig().version)
    const pretty = `${JSON.stringify(JSON.parse(text), null, 2)}\n`
    const file = textFlag(flags, 'out')
    if (file === undefined) await claimStdout()(pretty)
    else await Bun.write(file, pretty)
    return exitCode.ok
  },
}

/** The routes of a process with every role, to be looked at: nothing is behind them. */
export function allRoutes(): AnyElysia {
  const config = { ...readConfig(), roles: new Set(roles), docs: true }
  const app = {
    config,
    clock: nothing,
    database: nothing,
    notifier: nothing,
    emit: () => {},
    catalog: nothing,
    prices: nothing,
    hub: nothing,
    outbox: nothing,
    budgets: nothing,
    mcp: nothing,
    sealer: nothing,
    egress: nothing,
    tracer: null,
    tools: nothing,
    creates: nothing,
    worker: null,
    kinds: nothing,
    fileJobs: nothing,
    workers: nothing,
    rooms: nothing,
    wakeScheduler: () => {},
    forgetKeys: () => {},
    streams: nothing,
    settings: nothing,
    presence: nothing,
    readings: nothing,
    recentLines: nothing,
    doctor: nothing,
    closing: new AbortController().signal,
  }
  return routesOf(app, { readiness: nothing, metrics: nothing })
}

// Safe: routes only keep what they get, for handlers that are not called here. Whoever touches it is told.
const nothing = new Proxy(
  {},
  {
    get(_target, name) {
      throw new Error(`A route asks for ${String(name)} while it is made, not when it is called.`)
    },
  },
) as never
