import type { AgentDefinition } from '../agents/define.ts'
import type { LoadedAgentFile } from '../agents/files/load.ts'
import { mcpServer, recordedMcpServer } from '../agents/mcp-server.ts'
import type { ModelChoice } from '../agents/models/choice.ts'
import type { ModelPrices } from '../agents/models/prices.ts'
import type { Models } from '../agents/models/registry.ts'
import { type AgentRecord, agentRecord } from '../agents/record.ts'
import type { RunnableAgent } from '../agents/step-loop.ts'
import type { LoadedTool } from '../agents/tools/tool.ts'
import type { Database } from '../db/database.ts'
import type { ToolLoader } from '../tools/load-tool-record.ts'
import type { Agent } from './agent-row.ts'
import { echoAgent } from './builtin.ts'
import { plainModel } from './plain-model.ts'
import { readAgent, readAgentVersion } from './read-agent.ts'
import { registerAgentFile } from './register-file.ts'

export interface CatalogOptions {
  database: Database
  models: Models
  /** Makes tools of what records say of them. */
  tools: ToolLoader
  now(): number
  /** `provider/model`: what may be run without an agent. */
  plainModels?: readonly string[]
}

interface CodeAgent extends Agent {
  definition: AgentDefinition
  tools: ReadonlyMap<string, LoadedTool>
}

const defaultMaxSteps = 16
const noTools: ReadonlyMap<string, LoadedTool> = new Map()

/** The agents this process knows: built in, from files, and over the API (in the database). */
export class AgentCatalog {
  readonly #options: CatalogOptions
  /** Built in and from files, by name. The same for the life of the process, and for every tenant. */
  readonly #code = new Map<string, CodeAgent>()
  /** By their names, which are no agent's. */
  readonly #plain: ReadonlyMap<string, Agent>
  /** Versions never change, so they are kept. */
  readonly #runnable = new Map<string, RunnableAgent>()

  constructor(options: CatalogOptions) {
    this.#options = options
    const now = options.now()
    this.#plain = new Map((options.plainModels ?? []).map(model => [model, plainModel(model, now)]))
    const record = agentRecord(echoAgent, noTools)
    const origin = { source: 'builtin', version: 1, createdAt: now, updatedAt: now } as const
    this.#code.set(echoAgent.name, { name: echoAgent.name, record, definition: echoAgent, tools: noTools, ...origin })
  }

  /** Gives each file's agent its version: a new one where the definition differs from the last one known. */
  async register(files: LoadedAgentFile[]): Promise<void> {
    for (const { definition, tools, output, digest } of files) {
      const record = agentRecord(definition, tools, output)
      const agent = await registerAgentFile(this.#options.database, record, digest, this.#options.now())
      this.#code.set(agent.name, { ...agent, definition, tools })
    }
  }

  /** Agents of code, in the order of their names. */
  fromCode(): Agent[] {
    return [...this.#code.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Models that may be run without an agent, in the order of their names. */
  plain(): Agent[] {
    return [...this.#plain.values()]
  }

  isFromCode(name: string): boolean {
    return this.#code.has(name)
  }

  /** The agent in the version that new runs take. */
  async current(tenantId: string, name: string): Promise<Agent | null> {
    return this.#code.get(name) ?? this.#plain.get(name) ?? (await readAgent(this.#options.database, tenantId, name))
  }

  /** The agent in the version a run is pinned to, or null where it is not known here. */
  async runnable(tenantId: string, name: string, version: number): Promise<RunnableAgent | null> {
    const key = `${tenantId}/${name}/${version}`
    const known = this.#runnable.get(key)
    if (known) return known
    const loaded = await this.#load(tenantId, name, version)
    if (loaded) this.#runnable.set(key, loaded)
    return loaded
  }

  /** The models of an agent, in the order in which they are to be asked. */
  choices({ model, fallbackModels }: RunnableAgent, prices: Pick<ModelPrices, 'of'>): ModelChoice[] {
    const { models } = this.#options
    return [model, ...fallbackModels].map(each => ({
      model: each,
      price: prices.of(each),
      open: async () => (typeof each === 'string' ? models.get(each) : each),
    }))
  }

  async #load(tenantId: string, name: string, version: number): Promise<RunnableAgent | null> {
    const code = this.#code.get(name)
    if (code?.version === version) return runnable(code.record, version, code, code.tools)
    const plain = this.#plain.get(name)
    if (plain) return runnable(plain.record, version, undefined, noTools)
    const { database } = this.#options
    const own = await readAgentVersion(database, tenantId, name, version)
    // Agents from files are for every tenant, and kept as those of the first.
    const stored = own ?? (code && (await readAgentVersion(database, 'default', name, version)))
    // A version from an earlier file: its words, with the tools of today's code.
    if (!stored) return null
    const tools = code?.tools ?? (await this.#toolsOf(tenantId, stored.record))
    return runnable(stored.record, version, code, tools)
  }

  async #toolsOf(tenantId: string, { tools }: AgentRecord): Promise<ReadonlyMap<string, LoadedTool>> {
    const loaded = await Promise.all(tools.map(tool => this.#options.tools.load(tenantId, tool)))
    return new Map(loaded.flatMap(tool => (tool ? [[tool.name, tool] as const] : [])))
  }
}

function runnable(
  record: AgentRecord,
  version: number,
  code: CodeAgent | undefined,
  tools: ReadonlyMap<string, LoadedTool>,
): RunnableAgent {
  const model = code?.definition.model
  return {
    name: record.name,
    version,
    model: typeof model === 'object' ? model : record.model,
    fallbackModels: record.fallback_models ?? [],
    instructions: record.instructions ?? undefined,
    tools,
    mcp: code?.definition.mcp?.map(mcpServer) ?? (record.mcp ?? []).flatMap(server => recordedMcpServer(server) ?? []),
    maxSteps: record.max_steps ?? defaultMaxSteps,
    settings: {
      temperature: record.temperature ?? undefined,
      topP: record.top_p ?? undefined,
      maxOutputTokens: record.max_output_tokens ?? undefined,
      stop: record.stop ?? undefined,
      toolChoice: record.tool_choice ?? undefined,
    },
    outputSchema: record.output_schema ?? undefined,
    budget: record.budget ?? undefined,
    history: record.history ?? {},
    memory: record.memory ?? undefined,
    agents: record.agents ?? [],
    promptCache: record.prompt_cache ?? false,
  }
}
