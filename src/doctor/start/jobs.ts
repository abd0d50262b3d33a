import type { Config } from '../../config.ts'
import { loadJobFiles } from '../../jobs/files/load.ts'
import { brokenFile } from './broken-file.ts'
import { area, type Finding } from './finding.ts'

const report = area('jobs')

/** Loads the job files as a start would, which runs their code. */
export async function checkJobs({ jobsDir }: Config): Promise<Finding[]> {
  const { jobs, failures } = await loadJobFiles(jobsDir)
  const kinds = jobs.map(({ definition, queue }) => `${definition.name} (queue ${queue})`)
  return [
    kinds.length > 0
      ? report.ok(`${kinds.length} loaded from ${jobsDir}: ${kinds.join(', ')}`)
      : report.note(`no job files in ${jobsDir}`),
    ...failures.map(failure => brokenFile(report, failure, 'The other jobs work without it.')),
  ]
}
