import { givenValue } from './config-files.ts'
import { secretsIn } from './config-secrets.ts'

/** Every variable that is wrong, one a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: string[]

  constructor(problems: string[]) {
    super(`The configuration is wrong:\n${problems.map(problem => `  ${problem}`).join('\n')}`)
    this.problems = problems
  }
}

/** Reads variables one by one and gathers what is wrong with them. An empty variable counts as not set. */
export class EnvReader {
  readonly #env: Record<string, string | undefined>
  readonly #problems: string[] = []
  readonly #secrets = new Set<string>()

  constructor(env: Record<string, string | undefined>) {
    this.#env = env
  }

  complain(name: string, problem: string): void {
    this.#problems.push(`${name} ${problem}`)
  }

  throwIfWrong(): void {
    if (this.#problems.length > 0) throw new ConfigError(this.#problems)
  }

  optional(name: string): string | null {
    const value = this.#given(name)
    if (value !== null) for (const secret of secretsIn(name, value)) this.#secrets.add(secret)
    return value
  }

  #given(name: string): string | null {
    try {
      return givenValue(this.#env, name) || null
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      if (!this.#problems.includes(`${name} ${problem}`)) this.complain(name, problem)
      return null
    }
  }

  /** Of all that was read, what must never be shown. */
  get secrets(): string[] {
    return [...this.#secrets]
  }

  text(name: string, fallback: string): string {
    return this.optional(name) ?? fallback
  }

  integer(name: string, fallback: number, { min, max }: { min: number; max: number }): number {
    const text = this.optional(name)
    if (text === null) return fallback
    const value = Number(text)
    if (/^-?\d+$/.test(text) && value >= min && value <= max) return value
    this.complain(name, `must be a whole number from ${min} to ${max}, and is "${text}"`)
    return fallback
  }

  number(name: string, fallback: number, { min, max }: { min: number; max: number }): number {
    const text = this.optional(name)
    if (text === null) return fallback
    const value = Number(text)
    if (/^\d*\.?\d+$/.test(text) && value >= min && value <= max) return value
    this.complain(name, `must be a number from ${min} to ${max}, and is "${text}"`)
    return fallback
  }

  flag(name: string, fallback: boolean): boolean {
    const text = this.optional(name)?.toLowerCase()
    if (text === undefined) return fallback
    if (['on', 'true', '1', 'yes'].includes(text)) return true
    if (['off', 'false', '0', 'no'].includes(text)) return false
    this.complain(name, `must be on or off, and is "${text}"`)
    return fallback
  }

  choice<T extends string>(name: string, choices: readonly T[], fallback: T): T {
    const text = this.optional(name)
    if (text === null) return fallback
    const choice = choices.find(known => known === text)
    if (choice === undefined) this.complain(name, `must be one of ${choices.join(', ')}, and is "${text}"`)
    return choice ?? fallback
  }

  list<T extends string>(name: string, choices: readonly T[], fallback: T[]): T[] {
    const text = this.optional(name)
    if (text === null) return fallback
    const values: T[] = []
    for (const part of text
      .split(',')
      .map(word => word.trim())
      .filter(Boolean)) {
      const choice = choices.find(known => known === part)
      if (choice) values.push(choice)
      else this.complain(name, `may hold ${choices.join(', ')}, and holds "${part}"`)
    }
    if (!/[^\s,]/.test(text)) this.complain(name, `must hold at least one of ${choices.join(', ')}`)
    return values
  }

  /** Its value is never quoted. */
  secret(name: string, minLength: number): string | null {
    const text = this.optional(name)
    if (text !== null && text.length < minLength) this.complain(name, `must have at least ${minLength} characters`)
    return text
  }

  url(name: string, protocols: string[]): string | null {
    const text = this.optional(name)
    if (text === null) return null
    if (URL.canParse(text) && protocols.includes(new URL(text).protocol)) return text
    this.complain(name, `must be a URL that begins with ${protocols.map(protocol => `${protocol}//`).join(' or ')}`)
    return null
  }
}
