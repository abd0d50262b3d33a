import { type BuiltinToolName, builtinToolNames } from '../agents/tools/builtin-names.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import { askHuman } from './ask-human.ts'
import { type HttpFetchContext, httpFetch } from './http-fetch.ts'
import { memorySearch, memoryWrite } from './memory.ts'
import { nowTool } from './now.ts'
import { type ScheduleRunContext, scheduleRun } from './schedule-run.ts'

export type BuiltinContext = HttpFetchContext &
  ScheduleRunContext &
  Parameters<typeof nowTool>[0] &
  Parameters<typeof memoryWrite>[0]

/** Tools of the service's own, which any agent may take by name. */
export async function builtinTools(app: BuiltinContext): Promise<ReadonlyMap<BuiltinToolName, LoadedTool>> {
  const made: Record<BuiltinToolName, LoadedTool> = {
    now: await nowTool(app),
    http_fetch: await httpFetch(app),
    ask_human: await askHuman(),
    memory_search: await memorySearch(app),
    memory_write: await memoryWrite(app),
    schedule_run: await scheduleRun(app),
  }
  return new Map(builtinToolNames.map(name => [name, made[name]]))
}
