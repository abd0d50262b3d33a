import { readFileSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { AgentDefinition } from '../define.ts'
import { agentDigest, agentRecord } from '../record.ts'
import { thrownMessage } from '../tools/thrown.ts'
import { type LoadedTool, loadTool } from '../tools/tool.ts'
import { type AgentFileFailure, failure, importFailure, type SourceFile } from './failure.ts'
import { listAgentFiles } from './list.ts'
import { forgetEarlierLoad, ImportTimeout, importFile } from './modules.ts'
import { defaultExport, findInSource, findOnlyInSource, propertyNamed, quoted } from './position.ts'
import { validateAgent } from './validate.ts'
import { registerBunkhouseModule } from './virtual-module.ts'

export interface LoadedAgentFile {
  /** Relative to the directory. */
  file: string
  definition: AgentDefinition
  /** By name, in the order of the definition. */
  tools: Map<string, LoadedTool>
  /** Changes with everything that makes a version of the agent; see `agentRecord`. */
  digest: string
}

export interface AgentFiles {
  agents: LoadedAgentFile[]
  failures: AgentFileFailure[]
}

interface LoadOptions {
  /** How long one file may take, as with a top-level await; default 30. */
  importTimeoutSeconds?: number
}

/**
 * Loads every agent file of a directory, one after the other in the order of their names. Whatever is wrong with one is
 * a failure in the result and leaves the others alone; this never rejects.
 */
export async function loadAgentFiles(directory: string, options: LoadOptions = {}): Promise<AgentFiles> {
  const loaded: AgentFiles = { agents: [], failures: [] }
  let root = resolve(directory)
  let files: string[]
  try {
    files = listAgentFiles(root)
    if (files.length === 0) return loaded
    root = realpathSync(root)
    forgetEarlierLoad(root)
  } catch (error) {
    loaded.failures.push(failure({ file: '.' }, `the directory of agent files cannot be read: ${thrownMessage(error)}`))
    return loaded
  }
  registerBunkhouseModule()
  for (const file of files) await loadFile(root, file, loaded, options)
  return loaded
}

async function loadFile(directory: string, file: string, loaded: AgentFiles, options: LoadOptions): Promise<void> {
  const at: SourceFile = { file, directory, path: join(directory, file), source: '' }
  try {
    at.path = realpathSync(at.path)
    at.source = readFileSync(at.path, 'utf8')
  } catch (error) {
    loaded.failures.push(failure(at, `it cannot be read: ${thrownMessage(error)}`))
    return
  }
  let exported: unknown
  try {
    exported = (await importFile(at.path, options.importTimeoutSeconds ?? 30)).default
  } catch (error) {
    loaded.failures.push(
      error instanceof ImportTimeout
        ? failure(at, error.message, { hint: 'A top-level await in it may never settle.' })
        : importFailure(at, error),
    )
    return
  }
  if (exported === undefined) {
    loaded.failures.push(
      failure(at, 'it has no default export', { hint: 'End the file with "export default defineAgent({ … })".' }),
    )
    return
  }
  const values: unknown[] = Array.isArray(exported) ? exported : [exported]
  for (const value of values) {
    const result = await loadDefinition(at, value, loaded.agents)
    if ('message' in result) loaded.failures.push(result)
    else loaded.agents.push(result)
  }
}

async function loadDefinition(
  at: SourceFile,
  value: unknown,
  earlier: LoadedAgentFile[],
): Promise<LoadedAgentFile | AgentFileFailure> {
  const checked = validateAgent(value)
  if (!checked.ok) {
    const key = checked.problems.find(problem => problem.key !== undefined)?.key
    const position = key === undefined ? null : findOnlyInSource(at.source, propertyNamed(key))
    return failure(at, checked.problems.map(problem => problem.message).join('; '), {
      position: position ?? findInSource(at.source, defaultExport),
    })
  }
  const { definition } = checked
  const first = earlier.find(agent => agent.definition.name === definition.name)
  if (first !== undefined) {
    return failure(at, `the name "${definition.name}" is already taken by ${first.file}`, {
      position: findOnlyInSource(at.source, quoted(definition.name)),
      hint: 'Give one of the two another name.',
    })
  }
  const tools = new Map<string, LoadedTool>()
  for (const tool of definition.tools ?? []) {
    try {
      tools.set(tool.name, await loadTool(tool))
    } catch (error) {
      const position = findOnlyInSource(at.source, quoted(tool.name))
      return failure(at, thrownMessage(error), { position })
    }
  }
  return { file: at.file, definition, tools, digest: agentDigest(agentRecord(definition, tools)) }
}
