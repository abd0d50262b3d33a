import type { JobDefinition } from '../../agents/define.ts'
import type { FileFailure, SourceFile } from '../../agents/files/failure.ts'
import {
  type Defined,
  type LoadOptions,
  loadFiles,
  nameTaken,
  problemsAt,
  wrongNamed,
} from '../../agents/files/load-files.ts'
import { thrownMessage } from '../../agents/tools/thrown.ts'
import { type InputCheck, inputCheck } from './input.ts'
import { validateJob } from './validate.ts'

export interface LoadedJob {
  /** Relative to the directory. */
  file: string
  definition: JobDefinition
  queue: string
  checkInput: InputCheck
}

export interface JobFiles {
  jobs: LoadedJob[]
  failures: FileFailure[]
}

const defaultQueue = 'default'
/** What the service itself has on the queue. */
const reservedKinds: readonly string[] = ['run', 'webhook', 'schedule']
const reservedQueues: readonly string[] = ['runs', 'webhooks', 'schedules']

/** Loads every job file of a directory, as `loadFiles` does. */
export async function loadJobFiles(directory: string, options: LoadOptions = {}): Promise<JobFiles> {
  const sort = { noun: 'job', maker: 'defineJob', define }
  const { loaded, failures } = await loadFiles<LoadedJob>(sort, directory, options)
  return { jobs: loaded, failures }
}

async function define(at: SourceFile, value: unknown, earlier: readonly LoadedJob[]): Promise<Defined<LoadedJob>> {
  const checked = validateJob(value)
  if (!checked.ok) return refused(problemsAt(at, checked.problems))
  const { definition } = checked
  const { name, queue = defaultQueue } = definition
  if (reservedKinds.includes(name)) return refused(wrongNamed(at, name, `the name "${name}" is the service's own`))
  if (reservedQueues.includes(queue)) return refused(wrongNamed(at, queue, `the queue "${queue}" is the service's own`))
  const first = earlier.find(job => job.definition.name === name)
  if (first !== undefined) return refused(nameTaken(at, name, first.file))
  try {
    return { ok: true, value: { file: at.file, definition, queue, checkInput: await inputCheck(definition.input) } }
  } catch (error) {
    return refused(wrongNamed(at, name, `job "${name}": ${thrownMessage(error)}`))
  }
}

const refused = (because: FileFailure): { ok: false; failure: FileFailure } => ({ ok: false, failure: because })
