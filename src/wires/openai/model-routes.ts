import { t } from 'elysia'
import type { Agent } from '../../catalog/agent-row.ts'
import { getAgent, listAgents } from '../../catalog/list-agents.ts'
import { mayUse } from '../../catalog/usable-agent.ts'
import type { Actor, AppContext } from '../../context.ts'
import { controller } from '../../http/controller.ts'
import { integer } from '../../http/integer.ts'

const ModelObject = t.Object(
  {
    id: t.String({ description: 'Name of the agent, or `provider/model`.' }),
    object: t.Literal('model'),
    created: integer({ description: 'Seconds since 1970.' }),
    owned_by: t.String(),
  },
  { title: 'OpenAIModel', examples: [{ id: 'echo', object: 'model', created: 1_764_000_000, owned_by: 'bunkhouse' }] },
)

const toModel = ({ name, createdAt }: Agent) => ({
  id: name,
  object: 'model' as const,
  created: Math.floor(createdAt / 1_000),
  owned_by: name.includes('/') ? name.slice(0, name.indexOf('/')) : 'bunkhouse',
})

const params = t.Object({
  model: t.String({ description: 'Name of an agent, or `provider/model`.', examples: ['echo'] }),
})
/** Its clients ask for all of them at once. */
const most = 10_000

/** Models that need no agent, for keys that are for all agents. */
const plainModels = ({ catalog }: AppContext, actor: Actor): Agent[] =>
  catalog.plain().filter(({ name }) => mayUse(actor, name))

/** Agents, as OpenAI's clients look for models. */
export const modelRoutes = (app: AppContext) =>
  controller('OpenAI', '/openai/v1')
    .get(
      '/models',
      async ({ actor }) => ({
        object: 'list' as const,
        data: [...(await listAgents(app, actor, { limit: most })), ...plainModels(app, actor)].map(toModel),
      }),
      {
        scope: 'agents:read',
        response: {
          200: t.Object(
            { object: t.Literal('list'), data: t.Array(ModelObject) },
            { title: 'OpenAIModels', examples: [{ object: 'list', data: ModelObject.examples ?? [] }] },
          ),
        },
        detail: {
          operationId: 'openaiModels',
          summary: 'List agents as models',
          description: 'All that the key may use.',
        },
      },
    )
    .get('/models/:model', async ({ actor, params }) => toModel(await getAgent(app, actor, params.model)), {
      scope: 'agents:read',
      params,
      response: { 200: ModelObject },
      detail: { operationId: 'openaiModel', summary: 'Read an agent as a model', description: 'By its name.' },
    })
