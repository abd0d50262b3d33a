import postgres from 'postgres'

/** A connection of the bench's own, with the server's settings as they come. */
export interface PostgresAdmin extends AsyncDisposable {
  /** The number in the one row that a statement gives. */
  number(text: string): Promise<number>
  run(text: string): Promise<void>
  /** Leaves no dead rows, fresh statistics and nothing for a checkpoint to write. */
  tidy(): Promise<void>
}

export function postgresAdmin(url: string): PostgresAdmin {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  const run = async (text: string) => {
    await sql.unsafe(text)
  }
  return {
    run,
    number: async text => Number(Object.values((await sql.unsafe(text))[0] ?? {})[0]),
    tidy: async () => {
      await run('vacuum (full, analyze)')
      await run('checkpoint')
    },
    [Symbol.asyncDispose]: () => sql.end(),
  }
}
