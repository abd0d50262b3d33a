import { tool } from '@langchain/core/tools'
import { createReactAgent } from '@langchain/langgraph/prebuilt'
import { ChatOpenAI } from '@langchain/openai'
import { z } from 'zod'
import { instructions, toolDescription } from '../agent.ts'

const noop = tool(async () => 'ok', {
  name: 'noop',
  description: toolDescription,
  schema: z.object({ n: z.number() }),
})

export const graph = createReactAgent({
  llm: new ChatOpenAI({
    model: 'steps',
    apiKey: 'none',
    configuration: { baseURL: `${process.env.PROVIDER_URL}/v1` },
  }),
  tools: [noop],
  prompt: instructions,
})
