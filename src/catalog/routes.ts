import { t } from 'elysia'
import { memoryFault } from '../agents/memory.ts'
import type { AgentRecord } from '../agents/record.ts'
import type { AppContext } from '../context.ts'
import { invalidField } from '../errors.ts'
import { controller } from '../http/controller.ts'
import { decodeCursor, toPage } from '../http/cursor.ts'
import { cursorParam, limitParam, page } from '../http/params.ts'
import { getAgent, listAgents, listVersions } from './list-agents.ts'
import { checkMcp, mcpRecords } from './mcp-wire.ts'
import { createAgent, deleteAgent, rollBackAgent, updateAgent } from './save-agent.ts'
import { checkOutput, toolRecords } from './tool-wire.ts'
import {
  AgentBody,
  AgentObject,
  AgentPatch,
  agentList,
  agentToWire,
  newRecord,
  RollbackBody,
  VersionObject,
  versionList,
  versionToWire,
} from './wire.ts'

/** @throws AppError invalid_request */
function checkMemory(template: string | null | undefined): void {
  const fault = template ? memoryFault(template) : null
  if (fault !== null) throw invalidField('/memory', fault)
}

const params = t.Object({ name: t.String({ description: 'Name of the agent.', examples: ['greeter'] }) })
const PageQuery = t.Object({ limit: limitParam, cursor: cursorParam }, { additionalProperties: false })

/** `/v1/agents`: definitions and their versions. */
export const agentRoutes = (app: AppContext) =>
  controller('Agents', '/v1/agents')
    .post(
      '/',
      async ({ actor, body, set }) => {
        if (body.output_schema) await checkOutput(body.output_schema)
        if (body.mcp) checkMcp(body.mcp, app.egress)
        checkMemory(body.memory)
        const tools = await toolRecords(body.tools ?? [], { loader: app.tools, egress: app.egress })
        const agent = await createAgent(app, actor, newRecord(body, tools))
        set.status = 201
        set.headers.location = `/v1/agents/${agent.name}`
        return agentToWire(agent)
      },
      {
        scope: 'agents:write',
        body: AgentBody,
        response: { 201: AgentObject },
        detail: {
          operationId: 'createAgent',
          summary: 'Make an agent',
          description:
            'With tools that are requests over HTTP, or the service’s own. Tools that are code are defined in files.',
          responses: { 201: { description: 'It is made, as version 1. `location` is its path.' } },
        },
      },
    )
    .get(
      '/',
      async ({ actor, query: { limit = 50, cursor } }) => {
        const after = decodeCursor(cursor, agentList)
        const agents = await listAgents(app, actor, { after, limit: limit + 1 })
        return toPage(agents, limit, agentList, agentToWire)
      },
      {
        scope: 'agents:read',
        query: PageQuery,
        response: { 200: page(AgentObject) },
        detail: {
          operationId: 'listAgents',
          summary: 'List agents',
          description: 'Built in, from files and made over the API, by name.',
        },
      },
    )
    .get('/:name', async ({ actor, params }) => agentToWire(await getAgent(app, actor, params.name)), {
      scope: 'agents:read',
      params,
      response: { 200: AgentObject },
      detail: { operationId: 'readAgent', summary: 'Read an agent', description: 'In the version that new runs take.' },
    })
    .patch(
      '/:name',
      async ({ actor, params, body: { tools, mcp, ...body } }) => {
        if (body.output_schema) await checkOutput(body.output_schema)
        if (mcp) checkMcp(mcp, app.egress)
        const records = tools && (await toolRecords(tools, { loader: app.tools, egress: app.egress }))
        const change = given({ ...body, ...(records && { tools: records }), ...(mcp && { mcp: mcpRecords(mcp) }) })
        return agentToWire(await updateAgent(app, actor, params.name, change))
      },
      {
        scope: 'agents:write',
        params,
        body: AgentPatch,
        response: { 200: AgentObject },
        detail: {
          operationId: 'updateAgent',
          summary: 'Change an agent',
          description: 'Adds a version. Runs that have been made keep theirs.',
        },
      },
    )
    .delete(
      '/:name',
      async ({ actor, params, set }) => {
        await deleteAgent(app, actor, params.name)
        set.status = 204
      },
      {
        scope: 'agents:write',
        params,
        detail: {
          operationId: 'deleteAgent',
          summary: 'Delete an agent',
          description: 'No new runs; those that have been made go on.',
          responses: { 204: { description: 'It is gone.' } },
        },
      },
    )
    .get(
      '/:name/versions',
      async ({ actor, params, query: { limit = 50, cursor } }) => {
        const list = versionList(params.name)
        const position = decodeCursor(cursor, list)
        const before = position === undefined ? undefined : Number(position)
        const versions = await listVersions(app, actor, params.name, { before, limit: limit + 1 })
        return toPage(versions, limit, list, versionToWire)
      },
      {
        scope: 'agents:read',
        params,
        query: PageQuery,
        response: { 200: page(VersionObject) },
        detail: {
          operationId: 'listVersions',
          summary: 'List the versions of an agent',
          description: 'The newest first.',
        },
      },
    )
    .post(
      '/:name/rollback',
      async ({ actor, params, body }) => agentToWire(await rollBackAgent(app, actor, params.name, body.version)),
      {
        scope: 'agents:write',
        params,
        body: RollbackBody,
        response: { 200: AgentObject },
        detail: {
          operationId: 'rollBackAgent',
          summary: 'Go back to an earlier version',
          description: 'New runs take it.',
        },
      },
    )

/** Only what was sent: a null clears, what is missing stays. */
const given = (body: Partial<AgentRecord>): Partial<AgentRecord> =>
  Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined))
