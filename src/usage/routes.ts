import { type Static, t } from 'elysia'
import type { AppContext } from '../context.ts'
import { AppError, invalidField } from '../errors.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, nameText } from '../http/params.ts'
import { csvOf } from './csv.ts'
import { readUsage, type UsageGroup, type UsageQuestion, usageGroups } from './read-usage.ts'
import { UsagePage, usageList, usageToWire } from './wire.ts'

const day = t.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', examples: ['2026-11-26'] })
const longestCsv = 100_000
const csvType = 'text/csv; charset=utf-8'
const csvExample =
  'day,runs,failed_runs,model_calls,input_tokens,output_tokens,total_tokens,cost_usd,unpriced_calls\r\n2026-11-26,12,1,31,41000,9300,50300,0.0289,0\r\n'

const filters = {
  group_by: t.Optional(
    t.String({ description: `Of ${usageGroups.join(', ')}; several with commas between. Default day.` }),
  ),
  from: t.Optional({ ...day, description: 'First day, of UTC. Default: 30 days ago.' }),
  to: t.Optional({ ...day, description: 'Last day. Default: today.' }),
  agent: t.Optional(nameText({ description: 'Only of this agent.' })),
  model: t.Optional(nameText({ description: 'Only calls of this model; runs are not counted then.' })),
  key: t.Optional(nameText({ description: 'Only of runs that were made with the key of this id.' })),
}
const Filters = t.Object(filters, { additionalProperties: false })

/** `/v1/usage`: what runs took. */
export const usageRoutes = (app: AppContext) =>
  controller('Usage', '/v1/usage')
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor, ...filter } }) => {
        const skip = Number(decodeCursor(cursor, usageList) ?? 0)
        const rows = await readUsage(app, actor, questionOf(filter, app.clock.now()), { skip, limit: limit + 1 })
        const placed = rows.map((row, index) => ({ row, place: skip + index + 1 }))
        return toPage(placed, limit, usageList, ({ row }) => usageToWire(row))
      },
      {
        scope: 'usage:read',
        query: t.Object({ ...filters, limit: limitParam, cursor: cursorParam }, { additionalProperties: false }),
        response: { 200: UsagePage },
        detail: {
          operationId: 'readUsage',
          summary: 'Read usage',
          description:
            'Runs that have ended, and model calls with their tokens and cost, summed up. They count from the moment on at which they end.',
        },
      },
    )
    .get(
      '/csv',
      async ({ actor, query }) => {
        const question = questionOf(query, app.clock.now())
        const rows = await readUsage(app, actor, question, { skip: 0, limit: longestCsv + 1 })
        if (rows.length > longestCsv) throw new AppError('invalid_request', 'That is too much: ask for fewer days.')
        return new Response(csvOf(question.groupBy, rows), { headers: { 'content-type': csvType } })
      },
      {
        scope: 'usage:read',
        query: Filters,
        detail: {
          operationId: 'downloadUsage',
          summary: 'Read usage as CSV',
          description: 'The same, all at once, for a spreadsheet.',
          responses: {
            200: {
              description: 'A line of names, and one for each sum.',
              content: { [csvType]: { schema: { type: 'string' }, example: csvExample } },
            },
          },
        },
      },
    )

const dayMs = 86_400_000
const isoDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** @throws AppError invalid_request */
function questionOf({ group_by, from, to, agent, model, key }: Static<typeof Filters>, now: number): UsageQuestion {
  const groupBy = (group_by ?? 'day').split(',').filter(Boolean)
  const unknown = groupBy.find(group => !isGroup(group))
  if (unknown !== undefined)
    throw invalidField('/group_by', `${unknown} is none of ${usageGroups.join(', ')}.`, 'query')
  const groups = usageGroups.filter(group => groupBy.includes(group))
  return { groupBy: groups, from: from ?? isoDay(now - 30 * dayMs), to: to ?? isoDay(now), agent, model, keyId: key }
}

const isGroup = (text: string): text is UsageGroup => usageGroups.some(group => group === text)
