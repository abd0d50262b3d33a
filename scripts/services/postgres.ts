import { SQL } from 'bun'
import { findPrograms } from './find-program.ts'
import type { ServerKind } from './server-kind.ts'

const places = [
  '/usr/lib/postgresql/*/bin', // Debian, Ubuntu
  '/usr/pgsql-*/bin', // Red Hat
  '/usr/libexec/postgresql*', // Alpine
  '/opt/homebrew/opt/postgresql*/bin',
  '/usr/local/opt/postgresql*/bin',
  '/home/linuxbrew/.linuxbrew/opt/postgresql*/bin',
  '/Applications/Postgres.app/Contents/Versions/latest/bin',
]

export const postgres: ServerKind = {
  name: 'Postgres',
  variable: 'TEST_DATABASE_URL',
  exampleUrl: 'postgres://user:password@localhost:5432/postgres',
  advice: { 'Debian, Ubuntu': 'sudo apt-get install postgresql', macOS: 'brew install postgresql@17' },
  debianPackages: ['postgresql'],
  docker: {
    image: 'postgres:17-alpine',
    port: 5432,
    env: ['POSTGRES_USER=bunkhouse', 'POSTGRES_HOST_AUTH_METHOD=trust'],
  },
  flags: durable => ['-c max_connections=200', ...(durable ? [] : ['-c fsync=off', '-c full_page_writes=off'])],
  find: () => findPrograms(['postgres', 'initdb'], places),
  run: `
    trap 'exit 143' TERM # lets initdb end first, so that it writes no more when the folder goes
    "$programs/initdb" --pgdata="$folder/data" --username=bunkhouse --auth=trust --encoding=UTF8 --no-locale --no-sync >/dev/null &&
    exec "$programs/postgres" -D "$folder/data" -h 127.0.0.1 -p "$port" -k "$folder" $flags`,
  // QUIT ends Postgres at once; TERM is for the shell that is still making the database.
  stop: 'kill -TERM "$server"; kill -QUIT "$server"',
  url: port => `postgres://bunkhouse@127.0.0.1:${port}/postgres`,
  ping: async url => {
    const sql = new SQL(url, { max: 1, connectionTimeout: 5 })
    try {
      await sql`select 1`
    } finally {
      await sql.close({ timeout: 0 })
    }
  },
}
