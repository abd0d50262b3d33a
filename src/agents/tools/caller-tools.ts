import { type PlainJsonSchema, toolSchema } from './schema.ts'
import type { LoadedTool } from './tool.ts'

/** A tool that the caller of a run runs itself. */
export type CallerTool = {
  name: string
  description: string
  input_schema: PlainJsonSchema
}

/** @throws Error naming the tool whose schema cannot be used */
export async function loadCallerTools(tools: readonly CallerTool[]): Promise<ReadonlyMap<string, LoadedTool>> {
  const loaded = await Promise.all(tools.map(loadCallerTool))
  return new Map(loaded.map(tool => [tool.name, tool]))
}

async function loadCallerTool({ name, description, input_schema }: CallerTool): Promise<LoadedTool> {
  return {
    name,
    description,
    schema: await toolSchema(input_schema),
    effect: 'none',
    timeoutSeconds: 0,
    doneBy: 'caller',
    isBuiltin: false,
    approval: null,
    run: () => {
      throw new Error(`Tool "${name}" is run by the caller of the run.`)
    },
  }
}
