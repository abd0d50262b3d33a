import { t } from 'elysia'
import type { Actor, HttpContext } from '../../context.ts'
import { controller } from '../../http/controller.ts'
import { createRun } from '../../runs/create-run.ts'
import { idempotencyOf } from '../../runs/request.ts'
import { waitRun } from '../../runs/wait-run.ts'
import { type Answered, streamedCompletion, wholeCompletion } from './chat-answer.ts'
import { ChatBody, type ChatRequest } from './chat-body.ts'
import { chatInput, chatSchema, chatSettings, chatTools } from './chat-input.ts'
import { continueRun } from './continued-run.ts'
import { isRepeated, runOfEarlierTry } from './repeated-request.ts'

const exampleCompletion = {
  id: 'chatcmpl-01a20abbc230700ca040214128e30773',
  object: 'chat.completion',
  created: 1_764_000_000,
  model: 'echo',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'hello', refusal: null },
      logprobs: null,
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
}

const example = {
  200: {
    description: 'The completion; with `stream`, chunks of it as server-sent events, and `[DONE]`.',
    content: {
      'application/json': { schema: t.Any(), example: exampleCompletion },
      'text/event-stream': {
        schema: t.String(),
        example: 'data: {"object":"chat.completion.chunk", …}\n\ndata: [DONE]\n\n',
      },
    },
  },
}

/** Chat Completions, as OpenAI's clients ask for them: each is a run of the agent that `model` names. */
export const chatRoutes = (app: HttpContext) =>
  controller('OpenAI', '/openai/v1').post(
    '/chat/completions',
    async ({ actor, body, request }) => {
      const answered = await begin(app, actor, body, request)
      if (body.stream) {
        return streamedCompletion(app, request, answered, body.stream_options?.include_usage === true)
      }
      // Whoever hangs up does not stop the run.
      const run = await waitRun(app, actor, answered.run.id, request.signal, answered.run)
      return Response.json(await wholeCompletion(app, { ...answered, run }))
    },
    {
      scope: 'runs:write',
      body: ChatBody,
      detail: {
        operationId: 'createChatCompletion',
        summary: 'Complete a chat, as with OpenAI',
        description:
          'A durable run of the agent that `model` names. Calls of `tools` come back as `tool_calls`; the request that brings their results goes on with the same run.',
        responses: example,
      },
    },
  )

async function begin(app: HttpContext, actor: Actor, body: ChatRequest, request: Request): Promise<Answered> {
  const input = chatInput(body)
  const outputSchema = chatSchema(body)
  const isWhole = outputSchema !== undefined
  const repeated = isRepeated(request)
  if (input.kind === 'results') {
    const continuing = { agent: body.model, results: input.results, isRepeated: repeated }
    return { ...(await continueRun(app, actor, continuing)), isWhole }
  }
  const runInput = {
    agent: body.model,
    input: input.input,
    tools: chatTools(body),
    outputSchema,
    settings: chatSettings(body),
    metadata: body.metadata ?? undefined,
    idempotency: idempotencyOf(request, body),
  }
  const earlier = repeated && !runInput.idempotency ? await runOfEarlierTry(app, actor, runInput) : undefined
  const run = earlier ?? (await createRun(app, actor, runInput)).run
  return { run, after: 0, isWhole }
}
