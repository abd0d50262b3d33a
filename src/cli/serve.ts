import { createApp } from '../app.ts'
import { readConfig } from '../config.ts'
import { Environment } from '../config-environment.ts'
import { createFirstKey } from '../keys/first-key.ts'
import { systemClock } from '../runtime/clock.ts'
import { onHangup, untilSignal } from '../runtime/signals.ts'
import { FactBus } from '../telemetry/facts.ts'
import { logFacts } from '../telemetry/log-facts.ts'
import type { Command } from './command.ts'
import { exitCode } from './exit-code.ts'
import { localUrl } from './local-url.ts'
import { openServiceLog } from './open-log.ts'
import { configReloader } from './reload.ts'

export const serve: Command = {
  name: 'serve',
  usage: 'serve',
  summary: 'Serve the API and run agents, schedules and jobs.',
  help: [
    'Everything is set by environment variables; .env.example describes them. SIGTERM or Ctrl-C drains and ends it; a',
    'second one ends it at once. SIGHUP opens LOG_FILE anew and reads .env again.',
    'Exit status: 0 ended when asked to, 1 could not start, 2 wrong command line or configuration.',
  ].join('\n'),
  flags: {},
  args: { min: 0, max: 0 },
  async run() {
    const config = readConfig()
    const environment = new Environment()
    const { log, recent, flush, reopen } = await openServiceLog(config)
    const facts = new FactBus()
    facts.subscribe(logFacts(log, config))
    const stop = untilSignal()
    const hangups = hangupsFromNowOn()
    try {
      const app = await createApp({ config, clock: systemClock, facts, recentLines: recent })
      const firstKey = await createFirstKey(app.context)
      await app.lifecycle.start()
      const url = localUrl({ host: config.host, port: app.http.port })
      log.info(
        {
          url,
          roles: [...config.roles],
          database: config.database.dialect,
        },
        'listening',
      )
      if (firstKey !== null) {
        await flush()
        // Not in the log: logs are collected and kept.
        const link = app.sessions ? `${url}/console#setup=${await app.sessions.allowOne(firstKey)}` : null
        process.stdout.write(
          `\nYour admin key, shown this once: ${firstKey}\n${link === null ? '' : `Open the console, signed in, once within an hour: ${link}\n`}\n`,
        )
      }
      const { settings, door } = app
      hangups.answer(configReloader({ environment, settings, door, emit: facts.emit, reopenLog: reopen }))
      await Promise.race([stop, app.stopAsked])
      await app.lifecycle.stop()
      await app.close()
      return exitCode.ok
    } catch (error) {
      log.fatal({ error }, error instanceof Error ? error.message : 'cannot start')
      return exitCode.failed
    } finally {
      await flush()
    }
  },
}

/** A SIGHUP must not end a start; it is answered as soon as there is somebody to answer. */
function hangupsFromNowOn(): { answer(listener: () => void): void } {
  const ready = Promise.withResolvers<() => void>()
  onHangup(() => void ready.promise.then(reload => reload()))
  return { answer: ready.resolve }
}
