import { Database } from 'bun:sqlite'
import { afterAll, beforeAll } from 'bun:test'
import { readdirSync } from 'node:fs'
import { type S3Server, startS3 } from '../support/s3-server.ts'

/** A name the service gives. */
export const backupNamed = /^bunkhouse-\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{8}\.(db|dump)$/

/** What is in a folder; nothing where there is none. */
export function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

export const half = (names: string[]): string[] => names.filter(name => name.includes('.partial'))

/** One for a whole `describe` block. */
export function useS3(): () => S3Server {
  let server: S3Server | undefined
  beforeAll(async () => {
    server = await startS3()
  })
  afterAll(() => server?.[Symbol.asyncDispose]())
  return () => {
    if (!server) throw new Error('The S3 server is there within tests only.')
    return server
  }
}

/** Makes a SQLite file larger by so many megabytes that nobody asks for. */
export function addBallast(path: string, megabytes: number): void {
  using file = new Database(path)
  file.run('PRAGMA busy_timeout = 5000')
  file.run('create table if not exists ballast (data blob)')
  file.run(
    `with recursive n (i) as (select 1 union all select i + 1 from n where i < ${megabytes})
     insert into ballast select randomblob(1000000) from n`,
  )
}
