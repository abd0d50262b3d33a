/** What was just done, for programs that are to do the same. */
export interface Done {
  origin: string
  agent: string
  input: string
  /** What was said before, and answered. */
  before: { input: string; answer: string }[]
  /** Where the service keeps that; null: nowhere yet. */
  threadId: string | null
}

/** The whole of what it does is in here: a single quote would end the text of a shell. */
export function curlOf({ origin, agent, input, before, threadId }: Done): string {
  const body = JSON.stringify({ agent, input, ...(before.length > 0 && threadId !== null && { thread_id: threadId }) })
  return [
    `curl -N ${origin}/v1/runs/stream \\`,
    `  -H "authorization: Bearer $BUNKHOUSE_KEY" \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '${body.replaceAll("'", "'\\''")}'`,
  ].join('\n')
}

/** For the package `openai`. */
export const openaiOf = ({ origin, agent, input, before }: Done): string =>
  `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${origin}/openai/v1',
  apiKey: process.env.BUNKHOUSE_KEY,
})
const stream = await client.chat.completions.create({
  model: ${text(agent)},
  messages: [
${[...before.flatMap(said), { role: 'user', text: input }]
  .map(({ role, text: content }) => `    { role: '${role}', content: ${text(content)} },`)
  .join('\n')}
  ],
  stream: true,
})
for await (const chunk of stream) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
`

/** For the package `ai`. */
export const aiSdkOf = ({ origin, agent, input, before }: Done): string =>
  `import { DefaultChatTransport, readUIMessageStream } from 'ai'

const transport = new DefaultChatTransport({
  api: '${origin}/ai-sdk/${encodeURIComponent(agent)}',
  headers: { authorization: \`Bearer \${process.env.BUNKHOUSE_KEY}\` },
})
const stream = await transport.sendMessages({
  chatId: crypto.randomUUID(),
  messages: [
${[...before.flatMap(said), { role: 'user', text: input }]
  .map(({ role, text: content }, index) => {
    return `    { id: 'm${index + 1}', role: '${role}', parts: [{ type: 'text', text: ${text(content)} }] },`
  })
  .join('\n')}
  ],
  trigger: 'submit-message',
  messageId: undefined,
  abortSignal: undefined,
})
let answer
for await (const message of readUIMessageStream({ stream })) answer = message
process.stdout.write(answer?.parts.map(part => (part.type === 'text' ? part.text : '')).join('') ?? '')
`

const said = ({ input, answer }: Done['before'][number]) => [
  { role: 'user', text: input },
  { role: 'assistant', text: answer },
]

/** A JSON text is one of TypeScript as well. */
const text = (value: string): string => JSON.stringify(value)
