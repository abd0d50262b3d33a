import type { Stage } from '../stage.ts'
import { openScriptedModel } from './scripted-model.ts'
import { servePage } from './server.ts'

/** Where no model is named, and no key is there for the usual one, the page talks with a scripted one. */
export function withModel(): Record<string, string> {
  if (process.env.EXAMPLE_MODEL || process.env.OPENAI_API_KEY) return {}
  const model = openScriptedModel()
  model.unref()
  return { EXAMPLE_MODEL: 'scripted/host', SCRIPTED_BASE_URL: new URL('v1', model.url).href }
}

/** The page of an agent, to be looked at with a browser. */
export default async function story({ url, key }: Stage): Promise<void> {
  const page = servePage({ url, key, agent: 'host', port: 0 })
  page.unref()
  console.log(`The page is at ${page.url}`)
}
