import { t } from 'elysia'
import { mayUse, requireUsable } from '../catalog/usable-agent.ts'
import type { Actor, AppContext, HttpContext } from '../context.ts'
import { AppError, type ErrorCode, invalidField, notFound } from '../errors.ts'
import { controller, mayTakeLong } from '../http/controller.ts'
import { nameText } from '../http/params.ts'
import { createRun } from '../runs/create-run.ts'
import type { Run, RunError } from '../runs/run.ts'
import { waitRun } from '../runs/wait-run.ts'
import { createThread } from '../threads/create-thread.ts'

/** `POST /chat`: one message in, one answer out, in a conversation that goes on. */
export const chatRoutes = (app: HttpContext) =>
  controller('Chat', '').post(
    '/chat',
    async ({ actor, body, request }) => {
      mayTakeLong(request)
      const agent = body.agent ?? defaultAgent(app, actor)
      // Before the thread, so that a wrong name leaves none behind.
      requireUsable(actor, agent)
      if (!(await app.catalog.current(actor.tenantId, agent))) throw notFound('agent', agent)
      const threadId = body.thread_id ?? (await createThread(app, actor, {})).id
      const { run } = await createRun(app, actor, { agent, input: body.message, threadId })
      const ended = await waitRun(app, actor, run.id, request.signal, run)
      return { response: answer(ended), thread_id: threadId, run_id: run.id }
    },
    {
      scope: 'runs:write',
      body: t.Object(
        {
          message: t.String({ minLength: 1, description: 'What to say.' }),
          agent: t.Optional(
            nameText({
              minLength: 1,
              maxLength: 64,
              description: 'Default: DEFAULT_AGENT, else the only agent of your own, else echo.',
            }),
          ),
          thread_id: t.Optional(nameText({ description: 'Goes on with this conversation; default: a new one.' })),
        },
        { additionalProperties: false, title: 'ChatRequest', examples: [{ message: 'hello', agent: 'echo' }] },
      ),
      response: {
        200: t.Object(
          {
            response: t.String({ description: 'The answer.' }),
            thread_id: t.String({ description: 'Send it with the next message to go on.' }),
            run_id: t.String({ description: 'The run that answered.' }),
          },
          {
            title: 'ChatAnswer',
            examples: [
              {
                response: 'hello',
                thread_id: 'thr_01a20ac7646377c09aed09d3de3cbe84',
                run_id: 'run_01a20ac7646574fd988ce16c0ccf12b7',
              },
            ],
          },
        ),
      },
      detail: {
        operationId: 'chat',
        summary: 'Say something to an agent',
        description: 'A durable run under the hood: `run_id` names it. It goes on when the caller goes away.',
        responses: { 200: { description: 'The answer of the agent.' } },
      },
    },
  )

function defaultAgent({ config, catalog }: Pick<AppContext, 'config' | 'catalog'>, actor: Actor): string {
  const [only, ...others] = actor.agents ?? []
  if (only !== undefined && others.length === 0) return only
  if (config.defaultAgent !== null) return config.defaultAgent
  const own = catalog.fromCode().filter(agent => agent.source === 'file' && mayUse(actor, agent.name))
  if (own.length > 1) throw invalidField('/agent', `Say which agent: ${own.map(agent => agent.name).join(', ')}.`)
  return own[0]?.name ?? 'echo'
}

function answer(run: Run): string {
  switch (run.status) {
    case 'completed':
      return typeof run.output === 'string' ? run.output : JSON.stringify(run.output)
    case 'failed':
      throw new AppError(failureCode(run.error), `Run ${run.id} failed: ${run.error?.message ?? 'unknown'}`)
    case 'cancelled':
      throw new AppError('conflict', `Run ${run.id} was cancelled.`)
    default:
      throw new AppError('timeout', `Run ${run.id} is still ${run.status}.`)
  }
}

function failureCode(error: RunError | null): ErrorCode {
  switch (error?.code) {
    case 'timeout':
    case 'provider_error':
      return error.code
    case 'agent_unavailable':
      return 'unavailable'
    default:
      return 'internal'
  }
}
