import { expect, test } from 'bun:test'
import { findLayoutFaults } from './find-layout-faults.ts'

const faultsOf = (file: string, text: string): string[] =>
  findLayoutFaults(new Map([[file, text]])).map(fault => fault.message)

test('lets every part import what lies below it', () => {
  expect(faultsOf('runs/create.ts', "import { enqueue } from '../queue/enqueue.ts'\nenqueue()")).toEqual([])
  expect(faultsOf('runs/create.ts', "import { readThread } from '../threads/read.ts'\nreadThread()")).toEqual([])
  expect(faultsOf('app.ts', "import { runRoutes } from './runs/routes.ts'\nrunRoutes()")).toEqual([])
})

test('refuses an import against the direction, also of a type', () => {
  expect(faultsOf('queue/worker.ts', "import { createRun } from '../runs/create.ts'\ncreateRun()")).toEqual([
    'queue must not import runs (runs/create.ts)',
  ])
  expect(faultsOf('runtime/loop.ts', "import type { Log } from '../telemetry/log.ts'")).toEqual([
    'runtime must not import telemetry (telemetry/log.ts)',
  ])
  expect(faultsOf('runs/read.ts', "const app = await import('../app.ts')")).toEqual([
    'runs must not import app.ts (app.ts)',
  ])
})

test('counts a file in src to the one it is named after', () => {
  expect(faultsOf('config-reader.ts', "import { version } from './version.ts'\nversion()")).toEqual([])
  expect(faultsOf('app.ts', "import { read } from './config-reader.ts'\nread()")).toEqual([])
})

test('keeps what runs in a browser apart from the service', () => {
  expect(faultsOf('console/page/app.tsx', "import { Page } from './ui/page.tsx'\nexport const a = <Page />")).toEqual(
    [],
  )
  expect(faultsOf('console/page/app.tsx', 'setTimeout(() => {}, 1)')).toEqual([])
  expect(faultsOf('console/page/app.tsx', "import type { Run } from '../../runs/run.ts'")).toEqual([
    'runs in a browser, and imports runs/run.ts of the service',
  ])
  expect(faultsOf('console/routes.ts', "import { App } from './page/app.tsx'\nApp()")).toEqual([
    'imports console/page/app.tsx, which runs in a browser',
  ])
})

test("refuses another feature's routes", () => {
  expect(faultsOf('chat/answer.ts', "import { runRoutes } from '../runs/routes.ts'\nrunRoutes()")).toEqual([
    "imports runs/routes.ts: call that feature's verbs instead",
  ])
})

test('refuses a database or the web in agents', () => {
  expect(faultsOf('agents/loop.ts', "import { eq } from 'drizzle-orm/sql'\neq()")).toEqual([
    'agents must not import drizzle-orm',
  ])
  expect(faultsOf('agents/loop.ts', "import type { Elysia } from 'elysia'")).toEqual(['agents must not import elysia'])
})

test('refuses code behind context.ts', () => {
  expect(faultsOf('context.ts', "import { open } from './db/open.ts'\nopen()")).toEqual([
    'may import types only, and imports ./db/open.ts',
  ])
})

test('refuses the environment outside config.ts, but not in a comment', () => {
  expect(faultsOf('db/open.ts', 'open(process.env.DATABASE_URL)')).toEqual([
    'reads the environment: take it from config.ts',
  ])
  expect(faultsOf('db/open.ts', '// as process.env says\nopen()')).toEqual([])
  expect(faultsOf('config.ts', 'read(process.env)')).toEqual([])
})

test('refuses a timer outside runtime', () => {
  expect(faultsOf('runs/hub.ts', 'setInterval(flush, 50)')).toEqual([
    'holds a timer: use the loop in runtime/, or give the reason in scripts/layout-rules.ts',
  ])
  expect(faultsOf('runtime/loop.ts', 'setTimeout(next, 50)')).toEqual([])
})

test('refuses names that say nothing, and files that no rule knows', () => {
  expect(faultsOf('runs/utils.ts', '')).toEqual(['the name utils.ts does not say what is in it'])
  expect(faultsOf('helpers/time.ts', '')).toEqual(['the name helpers does not say what is in it'])
  expect(faultsOf('stray.ts', '')).toEqual(['is not in the table mayImport of scripts/layout-rules.ts'])
})
