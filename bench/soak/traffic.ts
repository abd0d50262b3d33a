import { setUpName } from './set-up.ts'

/** One request; throws where the answer is not what it should be. */
export type Ask = (method: string, path: string, body?: object) => Promise<Response>

interface Kind {
  name: string
  /** How many of them there are in a round of the traffic. */
  share: number
  play(ask: Ask): Promise<void>
}

const keptIds = 500

/** What a service is asked all day: runs of every kind, looking at them, streams, conversations, jobs. */
export function mixedTraffic(): Kind[] {
  const ids: string[] = []
  let next = 0
  const remember = (id: string) => {
    ids[next++ % keptIds] = id
  }
  const someId = () => ids[(next * 7) % ids.length]
  // Safe: the answer to a request that went well.
  const runOf = async (response: Response) =>
    (await response.json()) as { id: string; status: string; error: object | null }
  const finished = async (response: Response) => {
    const { id, status, error } = await runOf(response)
    if (status !== 'completed') throw new Error(`${id} ${status}: ${JSON.stringify(error)}`)
    remember(id)
  }
  const look = async (ask: Ask, below: string) => {
    const id = someId()
    await (await ask('GET', id === undefined ? '/v1/runs?limit=1' : `/v1/runs/${id}${below}`)).text()
  }
  return [
    {
      name: 'run, waited for',
      share: 6,
      play: async ask => finished(await ask('POST', '/v1/runs/wait', { agent: 'echo', input: 'hello' })),
    },
    {
      name: 'run with a tool and a model over HTTP',
      share: 2,
      play: async ask => finished(await ask('POST', '/v1/runs/wait', { agent: setUpName, input: 'hello' })),
    },
    {
      name: 'run, streamed',
      share: 2,
      play: async ask => {
        const text = await (await ask('POST', '/v1/runs/stream', { agent: 'echo', input: 'hello' })).text()
        if (!text.includes('event: run.completed')) throw new Error(`a stream ended so: ${text.slice(-200)}`)
      },
    },
    {
      name: 'run for later',
      share: 1,
      play: async ask => {
        await runOf(await ask('POST', '/v1/runs', { agent: 'echo', input: 'later', delay_seconds: 1 }))
      },
    },
    {
      name: 'chat',
      share: 1,
      play: async ask => void (await (await ask('POST', '/chat', { agent: 'echo', message: 'hello' })).text()),
    },
    { name: 'run, looked at', share: 4, play: ask => look(ask, '') },
    { name: 'events, read', share: 1, play: ask => look(ask, '/events') },
    {
      name: 'list of runs',
      share: 1,
      play: async ask => void (await (await ask('GET', '/v1/runs?limit=20')).text()),
    },
    {
      name: 'jobs made',
      share: 1,
      play: async ask => {
        const jobs = Array.from({ length: 5 }, () => ({ kind: setUpName }))
        await (await ask('POST', '/v1/jobs', { jobs })).text()
      },
    },
  ]
}
