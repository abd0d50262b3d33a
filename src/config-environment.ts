import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

export type Variables = Record<string, string | undefined>

/**
 * The environment as a start would find it now: Bun has put .env into it once, and does not look again. What is in both
 * with one value is taken for the file's.
 */
export class Environment {
  readonly atStart: Variables
  readonly #path: string
  readonly #given: Variables

  constructor(given: Variables = process.env, path = '.env') {
    this.#path = path
    this.atStart = { ...given }
    const file = this.#fileAtStart()
    this.#given = Object.fromEntries(Object.entries(given).filter(([name, value]) => file[name] !== value))
  }

  /** @throws where the file cannot be read, and not where there is none */
  read(): Variables {
    return { ...this.#readFile(), ...this.#given }
  }

  /** One that cannot be read has set nothing. */
  #fileAtStart(): Variables {
    try {
      return this.#readFile()
    } catch {
      return {}
    }
  }

  #readFile(): Variables {
    try {
      return parseEnv(readFileSync(this.#path, 'utf8'))
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return {}
      throw error
    }
  }
}

/** Names of variables that are not the same in both. */
export const changedNames = (before: Variables, after: Variables): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(name => before[name] !== after[name]).sort()
