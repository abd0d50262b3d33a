import { once } from 'node:events'
import { existsSync } from 'node:fs'
import type { Config } from '../../config.ts'
import { openDatabase } from '../../db/open.ts'
import { area, type Finding } from '../start/finding.ts'
import { withTimeLimit } from '../start/time-limit.ts'

const report = area('clock')
const watchedMs = 500
const steppedMs = 100
const skewedMs = 2_000
const keepIt = 'Let NTP keep the clock: chrony, systemd-timesyncd, or that of the host.'

/** Of this machine, and how far that of Postgres is from it. */
export async function checkClock({ database }: Config): Promise<Finding[]> {
  const begun = { wall: Date.now(), monotonic: performance.now() }
  await once(AbortSignal.timeout(watchedMs), 'abort')
  const ended = { wall: Date.now(), monotonic: performance.now() }
  return [
    ...judgeClock(begun, ended),
    ...judgeKeeper(existsSync),
    ...(database.dialect === 'postgres' ? await checkServer(database) : []),
  ]
}

interface Reading {
  /** Milliseconds since 1970. */
  wall: number
  /** Milliseconds since whenever, of a clock that nobody sets. */
  monotonic: number
}

/** No release of this program was there before. */
const earliest = Date.parse('2026-01-01T00:00:00Z')

export function judgeClock(begun: Reading, ended: Reading): Finding[] {
  const time = new Date(ended.wall).toISOString()
  if (ended.wall < earliest) return [report.fail(`it is not ${time}: the clock is wrong`, keepIt)]
  const stepped = ended.wall - begun.wall - (ended.monotonic - begun.monotonic)
  if (Math.abs(stepped) < steppedMs) return [report.ok(`${time}, and it runs evenly`)]
  return [report.warn(`it was set by ${Math.round(stepped)} ms while it was looked at`, keepIt)]
}

/** @param exists whether a file is there */
export function judgeKeeper(exists: (path: string) => boolean): Finding[] {
  const keepers = {
    'systemd-timesyncd': '/run/systemd/timesync/synchronized',
    chrony: '/run/chrony/chronyd.pid',
    ntpd: '/run/ntpd.pid',
  }
  const keeper = Object.entries(keepers).find(([, file]) => exists(file))
  if (keeper) return [report.ok(`kept by ${keeper[0]}`)]
  // In a container it is the host's affair, and cannot be seen.
  return [report.note('nothing here says who keeps the clock: NTP should, on this machine or on its host')]
}

async function checkServer(config: Config['database'] & { dialect: 'postgres' }): Promise<Finding[]> {
  const { database, close } = await openDatabase({ ...config, poolSize: 1 }, { own: false })
  try {
    const ask = () =>
      withTimeLimit(
        database.query<{ ms: number }>('select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms', []),
        5_000,
        'no answer within 5 s',
      )
    await ask() // Connects.
    const begun = Date.now()
    const [row] = await ask()
    return judgeSkew({ begun, server: Number(row?.ms), ended: Date.now() })
  } catch {
    return [] // That it cannot be reached is told by another check.
  } finally {
    await withTimeLimit(close(), 1_000, '').catch(() => {})
  }
}

/** All in milliseconds since 1970. */
export function judgeSkew({ begun, server, ended }: { begun: number; server: number; ended: number }): Finding[] {
  // What the way there and back leaves open is no skew.
  const skew = server < begun ? server - begun : Math.max(0, server - ended)
  const text = `that of Postgres is ${Math.abs(skew) < 50 ? 'the same' : `${Math.round(Math.abs(skew))} ms ${skew < 0 ? 'behind' : 'ahead'}`}`
  return [Math.abs(skew) < skewedMs ? report.ok(text) : report.warn(text, keepIt)]
}
