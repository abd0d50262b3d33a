import type { ServerContext } from '@modelcontextprotocol/server'
import type { AppContext } from '../../context.ts'
import type { AppError } from '../../errors.ts'
import { toAppError } from '../../http/problem.ts'

/** Codes of JSON-RPC. */
export const rpcCode = { invalidRequest: -32_600, invalidParams: -32_602, internal: -32_603, server: -32_000 } as const

export const rpcCodeOf = ({ code }: AppError): number => {
  if (code === 'invalid_request' || code === 'invalid_cursor' || code === 'not_found') return rpcCode.invalidParams
  if (code === 'malformed_body') return rpcCode.invalidRequest
  return code === 'internal' ? rpcCode.internal : rpcCode.server
}

export const rpcData = ({ code, errors, retryAfterSeconds }: AppError) => ({
  code,
  ...(errors && { errors }),
  ...(retryAfterSeconds !== undefined && { retry_after_seconds: retryAfterSeconds }),
})

/** Failures in the protocol's words; what an unknown one was is told to the log alone. */
export const inItsWords =
  <Q, R>(
    app: Pick<AppContext, 'emit'>,
    method: string,
    work: (request: Q, context: ServerContext) => Promise<R>,
  ): ((request: Q, context: ServerContext) => Promise<R>) =>
  async (request, context) => {
    try {
      return await work(request, context)
    } catch (error) {
      const known = toAppError(error)
      if (known.status >= 500 && known.code !== 'unavailable') app.emit('mcp.request_failed', { method, error })
      const { ProtocolError } = await import('@modelcontextprotocol/server')
      throw new ProtocolError(rpcCodeOf(known), known.message, rpcData(known))
    }
  }
