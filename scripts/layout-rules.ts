// The architecture of src as a table; check-layout.ts holds every file against it. A part is a folder, or a file directly
// in src with those named after it (config.ts, config-reader.ts).
// The direction is main → app → http and features → queue → db → runtime and telemetry.

const values = ['errors.ts', 'json.ts', 'version.ts', 'config.ts']
const foundation = [...values, 'runtime', 'telemetry']
const anything = 'anything'

/** What a folder may import that the table below does not name: a feature (runs, threads, schedules, …). */
export const featureMayImport: readonly string[] = [
  ...foundation,
  'db',
  'queue',
  'agents',
  'http',
  'egress',
  'secrets',
  'context.ts',
]

/** Which other parts each part may import, types too. Features may import each other. */
export const mayImport: Readonly<Record<string, readonly string[] | typeof anything>> = {
  'main.ts': anything,
  cli: anything,
  'app.ts': anything,
  'readiness-checks.ts': featureMayImport,
  // Types only, so that every verb can name what it takes.
  'context.ts': anything,
  http: [...featureMayImport, 'features'],
  queue: [...foundation, 'db'],
  // Not config.ts: it validates the providers' settings, and hands them over.
  agents: ['errors.ts', 'json.ts', 'version.ts', 'runtime', 'telemetry'],
  db: foundation,
  telemetry: [...values, 'runtime'],
  // Which addresses may be asked, and how: as if it were a library, so that whatever asks can use it.
  egress: ['errors.ts'],
  secrets: ['errors.ts'],
  'config.ts': ['errors.ts', 'json.ts', 'version.ts', 'runtime', 'agents', 'egress'],
  runtime: ['errors.ts'],
  'version.ts': [],
  'errors.ts': [],
  'json.ts': [],
}

/** Packages that a part must not import, types too. */
export const forbiddenPackages: Readonly<Record<string, readonly string[]>> = {
  agents: ['drizzle-orm', 'postgres', 'bun:sqlite', 'ioredis', 'elysia'],
  queue: ['elysia', 'ai', '@ai-sdk'],
  db: ['elysia', 'ai', '@ai-sdk'],
  telemetry: ['elysia', 'drizzle-orm'],
  runtime: ['elysia', 'drizzle-orm', 'pino', 'prom-client'],
}

/** Parts that only app.ts puts together, beside their own folder. */
export const routesFile = 'routes.ts'
export const mayImportRoutes: readonly string[] = ['app.ts', 'http']

/** Files that may import types only. */
export const typesOnly: readonly string[] = ['context.ts']

/** Who may read the environment, and why. */
export const environmentReaders: Readonly<Record<string, string>> = {
  'config.ts': 'validates it, once, for everybody',
  'config-environment.ts': 'reads it again when the process is told to',
  'version.ts': 'is written into the binary when it is built',
  'console/page-files.ts': 'is written into the service when it is built',
  'console/build-page.ts': 'names what the packages of the page read, which is replaced there',
  'console/page/pages/playground/snippets.ts': 'writes programs for others, which read theirs',
}

/** Folders whose files run in a browser: they import each other and packages, and nothing of the service. */
export const browserFolders: readonly string[] = ['console/page']

/** But for these: lists of names, that import nothing themselves. */
export const browserMayImport: readonly string[] = ['keys/scope.ts', 'audit/action.ts']

/** Who may hold a timer, and why: a folder or a file. */
export const timerHolders: Readonly<Record<string, string>> = {
  runtime: 'holds the loop that everything in the background runs in',
  'agents/files/modules.ts': 'a deadline for one import, cleared when it ends',
  'agents/models/idle-watch.ts': 'a deadline for the next chunk of one stream',
  'agents/tools/run.ts': 'a deadline for one tool call, cleared when it ends',
  'queue/claims-in-hand.ts': 'one for each claim whose jobs are not written as running: none while nothing is claimed',
  'queue/places.ts': 'the longest that an insert is waited for, cleared when it has ended',
  'queue/time-limit.ts': 'a deadline for one attempt, cleared when it ends',
  'telemetry/log.ts': 'one for lines that wait to be written: none while nobody says anything',
  'queue/job-notes.ts': 'one for what was said and is not written yet: none while nobody says anything',
}

/** File and folder names that say nothing of what is inside. */
export const emptyNames = /^(index|utils?|helpers?|common|misc|shared)(\.test)?(\.ts)?$/
