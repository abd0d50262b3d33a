import type { AgentDefinition } from '../define.ts'
import { agentDigest, agentRecord } from '../record.ts'
import { type PlainJsonSchema, toolSchema } from '../tools/schema.ts'
import { thrownMessage } from '../tools/thrown.ts'
import { type LoadedTool, loadTool } from '../tools/tool.ts'
import type { FileFailure, SourceFile } from './failure.ts'
import { type Defined, type LoadOptions, loadFiles, nameTaken, problemsAt, wrongNamed } from './load-files.ts'
import { validateAgent } from './validate.ts'

export interface LoadedAgentFile {
  /** Relative to the directory. */
  file: string
  definition: AgentDefinition
  /** By name, in the order of the definition. */
  tools: Map<string, LoadedTool>
  /** JSON Schema of what its answers have to fit. */
  output: PlainJsonSchema | undefined
  /** Changes with everything that makes a version of the agent; see `agentRecord`. */
  digest: string
}

export interface AgentFiles {
  agents: LoadedAgentFile[]
  failures: FileFailure[]
}

interface AgentLoadOptions extends LoadOptions {
  /** Tools of the service's own, by name. Default: none. */
  builtins?: ReadonlyMap<string, LoadedTool>
}

/** Loads every agent file of a directory, as `loadFiles` does. */
export async function loadAgentFiles(
  directory: string,
  { builtins = new Map(), ...options }: AgentLoadOptions = {},
): Promise<AgentFiles> {
  const define = (at: SourceFile, value: unknown, earlier: readonly LoadedAgentFile[]) =>
    defineIn(builtins, at, value, earlier)
  const sort = { noun: 'agent', maker: 'defineAgent', define }
  const { loaded, failures } = await loadFiles<LoadedAgentFile>(sort, directory, options)
  return { agents: loaded, failures }
}

async function defineIn(
  builtins: ReadonlyMap<string, LoadedTool>,
  at: SourceFile,
  value: unknown,
  earlier: readonly LoadedAgentFile[],
): Promise<Defined<LoadedAgentFile>> {
  const checked = validateAgent(value)
  if (!checked.ok) return { ok: false, failure: problemsAt(at, checked.problems) }
  const { definition } = checked
  const { name } = definition
  const first = earlier.find(agent => agent.definition.name === name)
  if (first !== undefined) return { ok: false, failure: nameTaken(at, name, first.file) }
  const tools = new Map<string, LoadedTool>()
  for (const tool of definition.tools ?? []) {
    if (typeof tool === 'string') {
      const builtin = builtins.get(tool)
      if (builtin) tools.set(tool, builtin)
      continue
    }
    try {
      tools.set(tool.name, await loadTool(tool))
    } catch (error) {
      return { ok: false, failure: wrongNamed(at, tool.name, thrownMessage(error)) }
    }
  }
  let output: PlainJsonSchema | undefined
  try {
    output = definition.output && (await toolSchema(definition.output)).jsonSchema
  } catch (error) {
    return { ok: false, failure: wrongNamed(at, name, `output: ${thrownMessage(error)}`) }
  }
  const digest = agentDigest(agentRecord(definition, tools, output))
  return { ok: true, value: { file: at.file, definition, tools, output, digest } }
}
