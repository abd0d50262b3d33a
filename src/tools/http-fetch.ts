import { toolSchema } from '../agents/tools/schema.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { AppContext } from '../context.ts'
import { guardedFetch } from '../egress/guarded-fetch.ts'
import { readAnswer } from './read-answer.ts'

export type HttpFetchContext = Pick<AppContext, 'config' | 'egress'>

const input = {
  type: 'object',
  properties: { url: { type: 'string', description: 'http or https.' } },
  required: ['url'],
  additionalProperties: false,
}

/** Characters of a page that a model is given. */
const shown = 100_000

/** Reads a page of the public internet, and of what EGRESS_ALLOW names. */
export async function httpFetch({ config, egress }: HttpFetchContext): Promise<LoadedTool> {
  return {
    name: 'http_fetch',
    description: 'Reads what is at a public URL.',
    schema: await toolSchema(input),
    effect: 'none',
    timeoutSeconds: 30,
    doneBy: 'service',
    isBuiltin: true,
    approval: null,
    async run(given, { signal }) {
      const { url } = given as { url: string } // it has passed the schema above
      const headers = {
        'user-agent': `Bunkhouse/${config.version}`,
        accept: 'text/*, application/json;q=0.9, */*;q=0.1',
      }
      const response = await guardedFetch(url, { method: 'GET', headers, signal, redirects: 5 }, egress)
      const { status, type, text, isCut } = await readAnswer(response)
      return { status, type, text: text.slice(0, shown), is_cut: isCut || text.length > shown }
    },
  }
}
