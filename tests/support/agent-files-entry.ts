// Loads a directory of agent files and prints what came of it as one line of JSON. Compiled to a binary by a test.
// argv: <directory> [<tool> <input as JSON>]
import { createRequire } from 'node:module'
import { loadAgentFiles } from '../../src/agents/files/load.ts'
import { agentRecord } from '../../src/agents/record.ts'
import { parseToolInput } from '../../src/agents/tools/input.ts'
import { runTool } from '../../src/agents/tools/run.ts'

const [directory = 'agents', toolName, text = ''] = process.argv.slice(2)
const startedAt = performance.now()
const { agents, failures } = await loadAgentFiles(directory)
const milliseconds = performance.now() - startedAt

const tool = agents.flatMap(agent => [...agent.tools.values()]).find(({ name }) => name === toolName)
const outcome =
  tool === undefined
    ? null
    : await runTool(
        tool,
        { toolCallId: 'call_1', input: parseToolInput(text) },
        {
          runId: 'run_1',
          threadId: null,
          tenantId: 'default',
          agent: 'tester',
          metadata: {},
          memory: null,
          step: 1,
          signal: new AbortController().signal,
          answer: null,
          log: () => {},
          progress: () => {},
          once: async (_key, make) => make(),
        },
      )

const records = agents.map(({ file, definition, tools, digest }) => ({
  file,
  digest,
  record: agentRecord(definition, tools),
}))
const packages = new Set(
  Object.keys(createRequire(import.meta.url).cache).flatMap(path => /.*\/node_modules\/([^/]+)/.exec(path)?.[1] ?? []),
)
process.stdout.write(
  `${JSON.stringify({ agents: records, failures, outcome, milliseconds, packages: [...packages].sort() })}\n`,
)
