import type { LoadedAgentFile } from '../../agents/files/load.ts'
import { AppError } from '../../errors.ts'
import { checkFields } from '../../schedules/check-spec.ts'
import { fileSpec } from '../../schedules/register-files.ts'
import { area, type Finding } from './finding.ts'

const report = area('schedules')

/** What a start would say of the schedules that stand in agent files. */
export function checkSchedules(agents: LoadedAgentFile[]): Finding[] {
  const all = agents.flatMap(({ file, definition: { name: agent, schedules = [] } }) =>
    schedules.map(schedule => ({ file, agent, schedule })),
  )
  const failures = all.flatMap(({ file, agent, schedule }): Finding[] => {
    try {
      checkFields(fileSpec(agent, schedule))
      return []
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const advice = 'Mend it in the file. Until then it stays as it was, and the others work without it.'
      return [report.fail(`${file}: ${schedule.name} of agent ${agent}: ${error.message}`, advice)]
    }
  })
  const right = all.length - failures.length
  return right > 0 ? [report.ok(`${right} in agent files`), ...failures] : failures
}
