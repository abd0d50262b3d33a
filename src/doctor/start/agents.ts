import { type LoadedAgentFile, loadAgentFiles } from '../../agents/files/load.ts'
import { createModels, type Models } from '../../agents/models/registry.ts'
import { UnknownModelError } from '../../agents/models/unknown-model.ts'
import type { Config } from '../../config.ts'
import { brokenFile } from './broken-file.ts'
import { area, type Finding } from './finding.ts'
import { checkSchedules } from './schedules.ts'

const report = area('agents')

/** Loads the agent files as a start would, which runs their code. */
export async function checkAgents({ agentsDir, defaultAgent, providers }: Config): Promise<Finding[]> {
  const { agents, failures } = await loadAgentFiles(agentsDir)
  const models = createModels([...providers])
  const names = agents.map(agent => agent.definition.name)
  const warnings = await Promise.all(agents.map(agent => checkModel(agent, models)))
  return [
    names.length > 0
      ? report.ok(`${names.length} loaded from ${agentsDir}: ${names.join(', ')}`)
      : report.note(`no agent files in ${agentsDir}; the built-in agent echo answers`),
    ...failures.map(failure => brokenFile(report, failure, 'The other agents work without it.')),
    ...warnings.flat(),
    ...checkSchedules(agents),
    ...(defaultAgent === null || defaultAgent === 'echo' || names.includes(defaultAgent)
      ? []
      : [foreign(defaultAgent)]),
  ]
}

async function checkModel({ file, definition }: LoadedAgentFile, models: Models): Promise<Finding[]> {
  const { model, name } = definition
  if (typeof model !== 'string') return []
  try {
    await models.get(model)
    return []
  } catch (error) {
    if (!(error instanceof UnknownModelError)) throw error
    return [report.warn(`${file}: ${name} cannot call its model ${model}, so its runs will fail`, error.message)]
  }
}

const foreign = (name: string): Finding =>
  report.warn(`DEFAULT_AGENT ${name} is in no agent file`, 'Correct it, unless the agent was made over the API.')
