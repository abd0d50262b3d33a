import { expect, test } from 'bun:test'
import { ProgressNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import type { EventType } from '../../../src/runs/event.ts'
import { progressMessage } from '../../../src/wires/mcp/call-progress.ts'
import { generateLog } from '../generated-log.ts'

const rounds = 400
const first = Number(process.env.LOG_SEED ?? Math.floor(Math.random() * 2 ** 31))

test(`any log tells of progress as the client takes it, LOG_SEED=${first}`, () => {
  for (let seed = first; seed < first + rounds; seed++) {
    const { events } = generateLog(seed, { mayDiffer: true })
    const told = events.flatMap(({ type, data }, index) => {
      const row = { runId: 'run_1', tenantId: 'default', seq: index + 1, type: type as EventType, data, createdAt: 0 }
      const message = progressMessage(row)
      return message === null ? [] : [{ progressToken: 1, progress: row.seq, message }]
    })
    expect({ seed, told: told.length > 0 }).toEqual({ seed, told: true })
    for (const params of told) {
      const parsed = ProgressNotificationSchema.safeParse({ method: 'notifications/progress', params })
      expect({ seed, params, taken: parsed.success }).toEqual({ seed, params, taken: true })
      expect(params.message).not.toContain('undefined')
    }
  }
})
