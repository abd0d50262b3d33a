import type { ToolRecord } from '../agents/record.ts'
import { isBuiltinTool } from '../agents/tools/builtin-names.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import { type BuiltinContext, builtinTools } from './builtin-tools.ts'
import { type HttpToolContext, httpTool } from './http-tool.ts'

/** Makes tools of what agents' records say of them. */
export interface ToolLoader {
  builtins(): ReturnType<typeof builtinTools>
  /** Null where it is code, which only an agent file has. */
  load(tenantId: string, record: ToolRecord): Promise<LoadedTool | null>
}

export function createToolLoader(app: HttpToolContext & BuiltinContext): ToolLoader {
  let made: ReturnType<typeof builtinTools> | undefined
  const builtins = () => {
    made ??= builtinTools(app)
    return made
  }
  return {
    builtins,
    async load(tenantId, record) {
      const { name, builtin, http } = record
      if (builtin) return isBuiltinTool(name) ? ((await builtins()).get(name) ?? null) : null
      return http ? httpTool(app, tenantId, { ...record, http }) : null
    },
  }
}
