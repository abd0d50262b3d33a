import { t } from 'elysia'
import type { HttpContext } from '../../context.ts'
import { controller } from '../../http/controller.ts'
import { integer } from '../../http/integer.ts'
import { oneOf } from '../../http/one-of.ts'
import type { SystemContext } from '../read-system.ts'
import { levels, passes } from './log-filter.ts'
import { streamLogs } from './stream-logs.ts'

const filter = {
  level: t.Optional(oneOf([...levels], { description: 'The least that is told. Default: what the log has.' })),
  contains: t.Optional(
    t.String({
      maxLength: 200,
      description: 'Only lines in which this stands, in whatever case: the id of a run, say.',
    }),
  ),
}

const after = t.Integer({ minimum: 0, maximum: 1_000_000_000_000, description: 'Only lines after this number.' })

const example = {
  n: 7,
  line: {
    level: 'info',
    time: '2026-11-23T23:39:29.228Z',
    version: '1.4.0',
    url: 'http://127.0.0.1:3000',
    msg: 'listening',
  },
}

const LogList = t.Object(
  {
    object: t.Literal('list'),
    process_id: t.String({ description: 'Whose log it is: behind a balancer one of several.' }),
    data: t.Array(
      t.Object(
        {
          n: integer({ description: 'Its number, from 1 in each process.' }),
          line: t.Record(t.String(), t.Any(), { description: 'As it was written, secrets left out.' }),
        },
        { title: 'LogLine', examples: [example] },
      ),
    ),
  },
  {
    title: 'LogLines',
    examples: [{ object: 'list', process_id: 'prc_01a20ac7643c74ff917af328c26df1fb', data: [example] }],
  },
)

/** `/v1/system/logs`: what the process that answers has written lately, and writes. */
export const logRoutes = (app: HttpContext & SystemContext) =>
  controller('Operations', '/v1/system/logs')
    .get(
      '/',
      ({ query: { level = 'trace', contains = '', limit = 200, after = 0 } }) => ({
        object: 'list' as const,
        process_id: app.presence.self.id,
        data: [...app.recentLines.after(after)]
          .filter(({ text }) => passes({ level, contains }, text))
          .slice(-limit)
          // Safe: the log writes objects alone.
          .map(({ n, text }) => ({ n, line: JSON.parse(text) as Record<string, unknown> })),
      }),
      {
        scope: 'system:read',
        query: t.Object({
          ...filter,
          after: t.Optional(after),
          limit: t.Optional(t.Integer({ minimum: 1, maximum: 1_000, description: 'The last so many. Default: 200.' })),
        }),
        response: { 200: LogList },
        detail: {
          operationId: 'readLogs',
          summary: 'Read the log of a process',
          description: 'Of the last 1,000 lines of the process that answers.',
        },
      },
    )
    .get(
      '/stream',
      ({ query: { level = 'trace', contains = '', after = app.recentLines.last }, request }) =>
        streamLogs(app, request, { level, contains }, after),
      {
        scope: 'system:read',
        query: t.Object({ ...filter, after: t.Optional(after) }),
        detail: {
          operationId: 'streamLogs',
          summary: 'Follow the log of a process',
          description:
            'Server-sent events `line`, a few times a second, with what is written from now on, or after a number. A reader that is too slow misses lines, and is told how many by `missed`.',
          responses: {
            200: {
              description: 'Events without an end.',
              content: {
                'text/event-stream': {
                  schema: t.String(),
                  example: `id: 7\nevent: line\ndata: ${JSON.stringify(example.line)}\n\n`,
                },
              },
            },
          },
        },
      },
    )
