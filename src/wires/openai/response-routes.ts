import { t } from 'elysia'
import { inputMessages, type Message } from '../../agents/message.ts'
import type { Actor, HttpContext } from '../../context.ts'
import { notFound } from '../../errors.ts'
import { controller, withRequest } from '../../http/controller.ts'
import { cancelRun } from '../../runs/cancel-run.ts'
import { createRun } from '../../runs/create-run.ts'
import { deleteRun } from '../../runs/delete-run.ts'
import { getRun } from '../../runs/get-run.ts'
import { idempotencyOf } from '../../runs/request.ts'
import type { Run } from '../../runs/run.ts'
import { waitRun } from '../../runs/wait-run.ts'
import { continueRun } from './continued-run.ts'
import { isRepeated, runOfEarlierTry } from './repeated-request.ts'
import { currentResponse, streamedResponse } from './response-answer.ts'
import { ResponseBody, type ResponseRequest } from './response-body.ts'
import { type ResponsePlace, responsePlace } from './response-id.ts'
import { responseResults, responseRun } from './response-input.ts'
import { notesOf } from './response-object.ts'

const params = t.Object({
  id: t.String({ description: 'Id of the response.', examples: ['resp_01a20abbc230700ca040214128e30773'] }),
})
const example = { id: 'resp_01a20abbc230700ca040214128e30773', object: 'response', status: 'completed', output: [] }
const answers = {
  200: {
    description: 'The response; with `stream`, the events of its making.',
    content: {
      'application/json': { schema: t.Any(), example },
      'text/event-stream': { schema: t.String(), example: 'event: response.created\ndata: {…}\n\n' },
    },
  },
}

/** Responses, as OpenAI's clients ask for them: each is a run of an agent, or what follows results that its caller brought. */
export const responseRoutes = (app: HttpContext) =>
  controller('OpenAI', '/openai/v1/responses')
    .post(
      '/',
      async ({ actor, body, request }) => {
        const { run, place } = await begin(app, actor, body, request)
        if (body.stream) return streamedResponse(app, request, { run, place, startingAfter: -1 })
        const ended = body.background ? run : await waitRun(app, actor, run.id, request.signal, run)
        return Response.json(await currentResponse(app, ended, place))
      },
      {
        scope: 'runs:write',
        body: ResponseBody,
        detail: {
          operationId: 'createResponse',
          summary: 'Make a response, as with OpenAI',
          description:
            'A durable run of the agent that `model` names. With `background` it is answered for at once and read later.',
          responses: answers,
        },
      },
    )
    .get(
      '/:id',
      async ({ actor, params, query, request }) => {
        const place = responsePlace(params.id)
        const run = await keptRun(app, actor, place.runId)
        if (query.stream !== 'true') return Response.json(await currentResponse(app, run, place))
        return streamedResponse(app, request, { run, place, startingAfter: query.starting_after ?? -1 })
      },
      {
        scope: 'runs:read',
        params,
        query: t.Object({
          stream: t.Optional(t.String({ enum: ['true', 'false'], description: 'true: the events of its making.' })),
          starting_after: t.Optional(t.Integer({ minimum: 0, description: 'Only events after this number.' })),
        }),
        detail: {
          operationId: 'getResponse',
          summary: 'Read a response',
          description: 'Also while it is made. The events can be read again for as long as the run is there.',
          responses: answers,
        },
      },
    )
    .post(
      '/:id/cancel',
      async ({ actor, params, request }) => {
        const place = responsePlace(params.id)
        await keptRun(app, actor, place.runId)
        await cancelRun(app, withRequest(actor, request), place.runId)
        const run = await waitRun(app, actor, place.runId, request.signal)
        return Response.json(await currentResponse(app, run, place))
      },
      {
        scope: 'runs:write',
        params,
        detail: {
          operationId: 'cancelResponse',
          summary: 'Cancel a response',
          description: 'Ends its run.',
          responses: answers,
        },
      },
    )
    .delete(
      '/:id',
      async ({ actor, params, request }) => {
        const { runId } = responsePlace(params.id)
        await keptRun(app, actor, runId)
        await deleteRun(app, withRequest(actor, request), runId)
        return { id: params.id, object: 'response' as const, deleted: true }
      },
      {
        scope: 'runs:write',
        params,
        detail: {
          operationId: 'deleteResponse',
          summary: 'Delete a response',
          description: 'Its run, with its log. 409 for one that has not ended.',
          responses: {
            200: {
              description: 'It is gone.',
              content: {
                'application/json': {
                  schema: t.Any(),
                  example: { id: 'resp_01a20abbc230700ca040214128e30773', object: 'response', deleted: true },
                },
              },
            },
          },
        },
      },
    )
    .get('/:id/input_items', async ({ actor, params }) => inputItems(app, actor, params.id), {
      scope: 'runs:read',
      params,
      detail: {
        operationId: 'listResponseInput',
        summary: 'Read what a response answers',
        description: 'The messages that its run was given, without its instructions and its conversation.',
        responses: {
          200: {
            description: 'All of them.',
            content: { 'application/json': { schema: t.Any(), example: { object: 'list', data: [] } } },
          },
        },
      },
    })

async function begin(
  app: HttpContext,
  actor: Actor,
  body: ResponseRequest,
  request: Request,
): Promise<{ run: Run; place: ResponsePlace }> {
  const repeated = isRepeated(request)
  const results = responseResults(body)
  if (results.length > 0) {
    const { run, after } = await continueRun(app, actor, { agent: body.model, results, isRepeated: repeated })
    return { run, place: { runId: run.id, after } }
  }
  const input = { ...(await responseRun(app, actor, body)), idempotency: idempotencyOf(request, body) }
  const earlier = repeated && !input.idempotency ? await runOfEarlierTry(app, actor, input) : undefined
  const run = earlier ?? (await createRun(app, actor, input)).run
  return { run, place: { runId: run.id, after: 0 } }
}

/** @throws AppError not_found, also for one that was not to be read afterwards */
async function keptRun(app: HttpContext, actor: Actor, id: string): Promise<Run> {
  const run = await getRun(app, actor, id)
  if (notesOf(run).store === false) throw notFound('response', id.replace('run_', 'resp_'))
  return run
}

function itemContent(message: Message) {
  const type = message.role === 'assistant' ? 'output_text' : 'input_text'
  if (typeof message.content === 'string') return [{ type, text: message.content }]
  return message.content.map(part => {
    if (part.type === 'text') return { type, text: part.text }
    if ('url' in part) return { type: 'input_image', image_url: part.url, detail: 'auto' }
    return { type: 'input_file', file_id: 'file_id' in part ? part.file_id : null }
  })
}

async function inputItems(app: HttpContext, actor: Actor, id: string) {
  const run = await keptRun(app, actor, responsePlace(id).runId)
  const messages = inputMessages(run.input)
  const data = messages.map((message, index) => ({
    id: `msg_${run.id.slice('run_'.length)}_in${index}`,
    type: 'message' as const,
    role: message.role,
    status: 'completed' as const,
    content: itemContent(message),
  }))
  return {
    object: 'list' as const,
    data,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
    has_more: false,
  }
}
