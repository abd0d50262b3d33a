import { startWorker } from '../worker-process.ts'

/** What a program can be asked for, each with one input. */
type Calls<C> = { [K in keyof C]: (input: never) => Promise<unknown> }
type Input<F> = F extends (input: infer I) => unknown ? I : never
type Output<F> = F extends (input: never) => Promise<infer R> ? R : never

interface Request {
  name: string
  input: unknown
}

/** A program in a process of its own that answers one call at a time. It ends when it is disposed of. */
export interface Remote<C> extends AsyncDisposable {
  call<K extends keyof C & string>(name: K, input: Input<C[K]>): Promise<Output<C[K]>>
}

export function startRemote<C>(program: string, args: string[]): Remote<C> {
  const process = startWorker<Request, { value: unknown }>(program, null, args)
  return {
    call: async <K extends keyof C & string>(name: K, input: Input<C[K]>) => {
      const { value } = await process.run({ name, input })
      return value as Output<C[K]> // what the program serves is checked against the same `C`
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  }
}

/** Answers the calls of whoever started this process, as long as that lives. */
export function serve<C extends Calls<C>>(calls: C): void {
  process.on('message', async ({ name, input }: Request) => {
    try {
      const call = calls[name as keyof C] // the caller's `C` has the same names
      process.send?.({ value: await call(input as never) })
    } catch (error) {
      process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  })
  process.on('disconnect', () => process.exit())
}
