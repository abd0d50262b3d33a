import { DefaultChatTransport, type UIMessage } from 'ai'
import { savedMessages } from './saved-messages.ts'

/** Of the page's own server, which passes it on to the agent with the key. */
const api = '/chat'

const firstPauseMs = 250
const longestPauseMs = 4_000
const away = [502, 503, 504]

export const transport = new DefaultChatTransport<UIMessage>({
  api,
  prepareSendMessagesRequest: ({ id, messages, trigger }) => ({
    body: { id, messages },
    // A question that is sent again because no answer came is not asked twice; who wants another answer gets one.
    headers: { 'idempotency-key': (trigger === 'submit-message' && messages.at(-1)?.id) || crypto.randomUUID() },
  }),
  // An answer that has begun bears the name of its run, which can also be read once it has ended.
  prepareReconnectToStreamRequest: ({ id }) => {
    const last = savedMessages(id).at(-1)
    return { api: `${api}/${encodeURIComponent(last?.role === 'assistant' ? last.id : id)}/stream` }
  },
  fetch: Object.assign(askUntilThere, { preconnect: () => {} }),
})

/** What only reads is asked for until the service is there again. */
async function askUntilThere(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  if (init?.method !== 'GET') return fetch(input, init)
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
    const response = await fetch(input, init).catch(() => null)
    if (response && !away.includes(response.status)) return response
    await pause(pauseMs, init.signal)
    init.signal?.throwIfAborted()
  }
}

const pause = (ms: number, signal?: AbortSignal | null) =>
  new Promise<void>(resolve => {
    setTimeout(resolve, ms)
    signal?.addEventListener('abort', () => resolve(), { once: true })
  })

/** The run is stopped: to close the connection would only stop the reading. */
export async function stopAnswer(id: string): Promise<void> {
  const response = await fetch(`${api}/${encodeURIComponent(id)}/stop`, { method: 'POST' })
  if (!response.ok) throw new Error(await response.text())
}
