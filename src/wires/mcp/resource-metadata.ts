import { Elysia } from 'elysia'
import type { AppContext } from '../../context.ts'
import { noteRoute, type RequestFacts, requestFacts } from '../../http/controller.ts'

const metadataPaths = ['/.well-known/oauth-protected-resource', '/.well-known/oauth-protected-resource/mcp'] as const

/** Where the service is, as its clients see it: as it is configured, or as it was asked. */
const originOf = ({ addresses, publicUrl, received, server }: RequestFacts): string => {
  if (publicUrl !== null) return new URL(publicUrl).origin
  const { host } = new URL(received.url, 'http://localhost')
  return `${addresses.isSecure(received, server) ? 'https' : 'http'}://${host}`
}

export const metadataUrl = (facts: RequestFacts): string => `${originOf(facts)}${metadataPaths[1]}`

/** RFC 9728: what a client without a key can know. Keys are given by people: there is no server to get them from. */
export const metadataRoutes = (app: Pick<AppContext, 'config'>) => {
  const answer = ({ request }: { request: Request }) => {
    const facts = requestFacts(request)
    const body = {
      ...(facts && { resource: `${originOf(facts)}/mcp` }),
      resource_name: 'Bunkhouse',
      bearer_methods_supported: ['header'],
      scopes_supported: ['agents:read', 'runs:write', 'runs:read', 'threads:read', 'approvals:write'],
      ...(facts && app.config.docs && { resource_documentation: `${originOf(facts)}/swagger` }),
    }
    return Response.json(body, { headers: { 'cache-control': 'public, max-age=3600' } })
  }
  const routes = new Elysia({ name: 'mcp-metadata', normalize: false }).onTransform(({ request, route }) =>
    noteRoute(request, route),
  )
  for (const path of metadataPaths) routes.get(path, answer, { detail: { hide: true } })
  return routes
}
