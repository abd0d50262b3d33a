const listeners = new WeakMap<AbortSignal, () => void>()

/**
 * Calls `heard` for the headers and for every chunk of the body of a request made with this signal: keep-alive comments
 * and unknown events make no part of an answer, yet show that the provider is at work.
 */
export const listenToBody = (signal: AbortSignal, heard: () => void): void => {
  listeners.set(signal, heard)
}

const listeningFetch = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
  // Bun ends a request that is silent for five minutes: how long is too long is for the caller to say.
  const response = await fetch(input, { ...init, timeout: false })
  const heard = init?.signal ? listeners.get(init.signal) : undefined
  if (heard !== undefined && response.body !== null) {
    heard()
    watchReads(response.body, heard)
  }
  return response
}

/**
 * The SDKs read a body through `getReader()` and nothing else. Watching those reads costs a tenth of piping the body
 * through a stream of our own; should an SDK come to read in another way, the parts it makes still tell of life.
 */
const watchReads = (body: ReadableStream<Uint8Array>, heard: () => void): void => {
  const getReader = body.getReader.bind(body)
  Object.assign(body, {
    getReader: () => {
      const reader = getReader()
      const read = reader.read.bind(reader)
      return Object.assign(reader, {
        read: () => {
          const chunk = read()
          chunk.then(heard, () => {})
          return chunk
        },
      })
    },
  })
}

/** `fetch` for the SDKs. Some servers repeat in an error the key they were sent: it is not to be repeated by us. */
export const providerFetch = (apiKey: string | undefined): typeof fetch => {
  const call = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const response = await listeningFetch(input, init)
    return response.ok || !apiKey ? response : withoutKey(response, apiKey)
  }
  return Object.assign(call, { preconnect: fetch.preconnect })
}

const withoutKey = async (response: Response, apiKey: string): Promise<Response> => {
  const text = await response.text()
  const { status, statusText } = response
  const headers = new Headers(response.headers)
  // They told of the body as it came.
  for (const name of ['content-length', 'content-encoding']) headers.delete(name)
  return new Response(text.replaceAll(apiKey, '…'), { status, statusText, headers })
}
