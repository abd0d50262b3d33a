import type { ListResourcesResult, ReadResourceResult, Resource } from '@modelcontextprotocol/server'
import type { AppContext } from '../../context.ts'
import { AppError, notFound } from '../../errors.ts'
import { type Caller, requireScope } from '../../http/auth.ts'
import { decodeCursor, toPage } from '../../http/cursor.ts'
import { getRun } from '../../runs/get-run.ts'
import { listRuns } from '../../runs/list-runs.ts'
import { readEvents } from '../../runs/read-events.ts'
import type { Run } from '../../runs/run.ts'
import { eventToWire, runList, runToWire } from '../../runs/wire.ts'
import { listMessages } from '../../threads/list-messages.ts'
import { listThreads } from '../../threads/list-threads.ts'
import { readThread } from '../../threads/read-thread.ts'
import type { Thread } from '../../threads/thread.ts'
import { messageToWire, threadList, threadToWire } from '../../threads/wire.ts'

const pageSize = 100
const mimeType = 'application/json'
const mostRead = 1_000

export const resourceTemplates = [
  { uriTemplate: 'bunkhouse://runs/{run_id}', name: 'run', description: 'A run: its state and what came of it.' },
  {
    uriTemplate: 'bunkhouse://runs/{run_id}/events{?after}',
    name: 'events',
    description: `Up to ${mostRead} entries of a run’s log, after a number.`,
  },
  { uriTemplate: 'bunkhouse://threads/{thread_id}', name: 'thread', description: 'A conversation.' },
  {
    uriTemplate: 'bunkhouse://threads/{thread_id}/messages{?after}',
    name: 'messages',
    description: `Up to ${mostRead} messages of a conversation, after a position.`,
  },
].map(template => ({ ...template, mimeType }))

/** Runs and then threads, the newest first, as far as the key may read them. */
export async function listResources(
  app: Pick<AppContext, 'database'>,
  actor: Caller,
  cursor: string | undefined,
): Promise<ListResourcesResult> {
  const isOfThreads = cursor !== undefined && Buffer.from(cursor, 'base64url').toString().startsWith(threadList.name)
  if (!isOfThreads && mayRead(actor, 'runs:read')) {
    const after = decodeCursor(cursor, runList)
    const rows = await listRuns(app, actor, {}, { order: 'desc', after, limit: pageSize + 1 })
    const { data, next_cursor } = toPage(rows, pageSize, runList, runResource)
    if (next_cursor !== null) return { resources: data, nextCursor: next_cursor }
    const threads = await threadsPage(app, actor, undefined)
    return { ...threads, resources: [...data, ...threads.resources] }
  }
  return threadsPage(app, actor, decodeCursor(cursor, threadList))
}

async function threadsPage(
  app: Pick<AppContext, 'database'>,
  actor: Caller,
  before: string | undefined,
): Promise<ListResourcesResult> {
  if (!mayRead(actor, 'threads:read')) return { resources: [] }
  const rows = await listThreads(app, actor, { before, limit: pageSize + 1 })
  const { data, next_cursor } = toPage(rows, pageSize, threadList, threadResource)
  return { resources: data, ...(next_cursor !== null && { nextCursor: next_cursor }) }
}

const runResource = ({ id, agent, status, createdAt }: Run): Resource => ({
  uri: `bunkhouse://runs/${id}`,
  name: id,
  description: `Run of ${agent}, ${status}, of ${new Date(createdAt).toISOString()}.`,
  mimeType,
})

const threadResource = ({ id, createdAt }: Thread): Resource => ({
  uri: `bunkhouse://threads/${id}`,
  name: id,
  description: `Thread of ${new Date(createdAt).toISOString()}.`,
  mimeType,
})

function mayRead(actor: Caller, scope: 'runs:read' | 'threads:read'): boolean {
  try {
    requireScope(actor, scope)
    return true
  } catch (error) {
    if (error instanceof AppError) return false
    throw error
  }
}

const uriPattern = /^bunkhouse:\/\/(runs|threads)\/(\w{1,64})(?:\/(events|messages)(?:\?after=(\d{1,9}))?)?$/

/** @throws AppError not_found, forbidden */
export async function readResource(
  app: Pick<AppContext, 'database'>,
  actor: Caller,
  uri: string,
): Promise<ReadResourceResult> {
  const [, kind, id = '', part, after] = uriPattern.exec(uri) ?? []
  const value = await read(app, actor, { kind, id, part, after: Number(after ?? 0) })
  if (value === undefined) throw notFound('resource', uri)
  return { contents: [{ uri, mimeType, text: JSON.stringify(value) }] }
}

interface Wanted {
  kind: string | undefined
  id: string
  part: string | undefined
  after: number
}

async function read(app: Pick<AppContext, 'database'>, actor: Caller, { kind, id, part, after }: Wanted) {
  if (kind === 'runs' && part !== 'messages') {
    requireScope(actor, 'runs:read')
    const run = await getRun(app, actor, id)
    return part === undefined
      ? runToWire(run)
      : (await readEvents(app.database, run.id, after, mostRead)).map(eventToWire)
  }
  if (kind === 'threads' && part !== 'events') {
    requireScope(actor, 'threads:read')
    return part === undefined
      ? threadToWire(await readThread(app, actor, id))
      : (await listMessages(app, actor, id, { after, limit: mostRead })).map(messageToWire)
  }
  return undefined
}
