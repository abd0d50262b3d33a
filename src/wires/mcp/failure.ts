import type { AppError } from '../../errors.ts'
import type { RequestFacts } from '../../http/controller.ts'
import { metadataUrl } from './resource-metadata.ts'
import { rpcCodeOf, rpcData } from './rpc-failure.ts'

export const mcpPath = '/mcp'

/** What comes before any message was looked at, as its clients read failures. */
export function mcpFailure(error: AppError, facts: RequestFacts): Response {
  const { allow, code, message, retryAfterSeconds, status } = error
  const data = { ...rpcData(error), request_id: facts.id }
  return new Response(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: rpcCodeOf(error), message, data } }), {
    status,
    headers: {
      'content-type': 'application/json',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
      ...(allow && { allow: allow.join(', ') }),
      ...(code === 'unauthorized' && {
        'www-authenticate': `Bearer resource_metadata="${metadataUrl(facts)}"`,
      }),
    },
  })
}
