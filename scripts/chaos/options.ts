import { parseArgs } from 'node:util'

const engines = ['sqlite', 'postgres'] as const
export type Engine = (typeof engines)[number]

export interface ChaosOptions {
  minutes: number
  engine: Engine
  redis: boolean
  seed: number
  processes: number
}

export class WrongUsage extends Error {}

export const usage = `Usage: bun run chaos [--minutes N] [--engine sqlite|postgres] [--redis] [--seed N] [--processes N]

Kills, freezes and cuts off real processes of the service while they work, and then counts what became of the work.

  --minutes N    how long faults go on; default 1
  --engine E     the database: postgres (default) or sqlite
  --redis        hints between processes go over a Redis, which is killed too
  --seed N       the plan of faults and work; default: a new one, which is printed
  --processes N  default 3; on SQLite there is one

Exit status: 0 all as promised, 1 something was not, 2 wrong command line.`

/** @throws WrongUsage; undefined where help is asked for */
export function readOptions(words: string[]): ChaosOptions | undefined {
  const { values } = parse(words)
  if (values.help) return undefined
  const engine = engines.find(known => known === (values.engine ?? 'postgres'))
  if (engine === undefined) throw new WrongUsage(`--engine must be ${engines.join(' or ')}.`)
  const processes = number('--processes', values.processes, engine === 'sqlite' ? 1 : 3, {
    min: 1,
    max: 50,
    whole: true,
  })
  if (engine === 'sqlite' && processes > 1) throw new WrongUsage('On SQLite one process owns the file.')
  return {
    minutes: number('--minutes', values.minutes, 1, { min: 0.1, max: 24 * 60 }),
    engine,
    redis: values.redis === true,
    seed: number('--seed', values.seed, newSeed(), { min: 0, max: 2 ** 32 - 1, whole: true }),
    processes,
  }
}

/** The line that does the same again. */
export const commandLine = ({ minutes, engine, redis, seed, processes }: ChaosOptions): string =>
  `bun run chaos --minutes ${minutes} --engine ${engine}${redis ? ' --redis' : ''} --seed ${seed} --processes ${processes}`

function parse(words: string[]) {
  try {
    const text = { type: 'string' } as const
    return parseArgs({
      args: words,
      options: {
        minutes: text,
        engine: text,
        redis: { type: 'boolean' },
        seed: text,
        processes: text,
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    throw new WrongUsage(`${error instanceof Error ? error.message : error}\n\n${usage}`)
  }
}

function number(
  flag: string,
  text: string | undefined,
  otherwise: number,
  { min, max, whole = false }: { min: number; max: number; whole?: boolean },
): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (text.trim() !== '' && value >= min && value <= max && (!whole || Number.isInteger(value))) return value
  throw new WrongUsage(`${flag} must be a ${whole ? 'whole ' : ''}number from ${min} to ${max}.`)
}

const newSeed = (): number => Math.floor(Math.random() * 2 ** 32)
