import { swagger } from '@elysiajs/swagger'
import { type AnyElysia, Elysia } from 'elysia'
import { Problem } from '../http/params.ts'
import type { Json } from '../json.ts'
import { nameSchemas } from './components.ts'
import { describeRoute } from './describe-route.ts'
import { type Responses, sharedFailures } from './failures.ts'
import { describeApi } from './info.ts'
import { localPage, type Page, pageOptions } from './page.ts'

export interface Documentation {
  /** The OpenAPI document as JSON text. */
  text: string
  page: Page
}

/** Describes the routes of an app. Loads and runs the plugin, which takes some 40 ms: not for the start of a process. */
export async function documentRoutes(root: AnyElysia, version: string): Promise<Documentation> {
  const { info, components, ...api } = describeApi(version)
  // The same routes with nothing behind them, for the plugin describes the app it is part of, as it finds it.
  const described = new Elysia()
  for (const { method, path, hook } of root.routes.map(describeRoute)) described.route(method, path, () => {}, hook)
  const documentation = { info: { title: info.title, description: info.summary, version } }
  // Not at /swagger, where one of the described routes is.
  described.use(swagger({ ...pageOptions, path: '/plugin', documentation }))
  const read = async (path: string) => (await described.handle(new Request(`http://localhost${path}`))).text()
  const { paths }: { paths: Json } = JSON.parse(await read('/plugin/json'))
  const responses: Responses = usedIn(paths, sharedFailures)
  // Through JSON, as schemas carry symbols of their own.
  const whole = JSON.stringify({ ...api, info, paths, components: { ...components, responses, schemas: { Problem } } })
  return {
    text: JSON.stringify(nameSchemas(JSON.parse(whole))),
    page: localPage(await read('/plugin')),
  }
}

const usedIn = (paths: Json, shared: Responses): Responses => {
  const text = JSON.stringify(paths)
  return Object.fromEntries(
    Object.entries(shared).filter(([name]) => text.includes(`"#/components/responses/${name}"`)),
  )
}
