import { mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import { AppError } from '../errors.ts'
import { secretHider } from './hide-secrets.ts'

export interface LogOptions {
  level: string
  file: string | null
  /** Where lines go without a file; default 1. */
  fd?: 1 | 2
  /** For people at a terminal instead of JSON lines. */
  pretty: boolean
  version: string
  /** Never to be written, in addition to what looks like a secret. */
  secrets?: readonly string[]
}

export type Log = Logger

/**
 * The process's logger. `flush` writes out what is still held back. A log that cannot be written, as on a full disk,
 * stops nothing.
 * @throws AppError unavailable where the file cannot be opened
 */
export async function openLog(options: LogOptions): Promise<{ log: Log; flush(): Promise<void> }> {
  const { fd = 1 } = options
  const held =
    options.pretty && options.file === null
      ? undefined
      : destination({ dest: options.file === null ? fd : openFile(options.file), ...buffering })
  held?.on('error', () => {
    // It is called when the process ends, and would try until there is room.
    held.flushSync = () => {}
  })
  const stream: DestinationStream = held ?? (await prettyStream(fd))
  const hide = secretHider(options.secrets ?? [])
  const log = pino(
    {
      level: options.level,
      base: { version: options.version },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      serializers: {
        error: error => describeError(error, hide),
        // Words of providers, of agent files and of clients.
        ...Object.fromEntries(['reason', 'message', 'hint', 'path'].map(name => [name, hideText(hide)])),
      },
    },
    stream,
  )
  const flush = () =>
    new Promise<void>(resolve => {
      if (!held) return resolve()
      // On a full disk, or without a reader of our output, there is nobody left to tell.
      held.flush(() => resolve())
      AbortSignal.timeout(flushMs).addEventListener('abort', () => resolve())
    })
  return { log, flush }
}

/** Lines go out in blocks, and at least each 250 ms: a system call a line costs more than the line. */
const buffering = { sync: false, minLength: 8_192, maxLength: 4 * 1024 * 1024, periodicFlush: 250 }

/** A reader that takes nothing must not keep a process from ending. */
const flushMs = 2_000

/** At once, so that it is there for the first line and for a start that fails. */
function openFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'a')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('unavailable', `LOG_FILE ${path} cannot be opened: ${reason}`, { cause: error })
  }
}

async function prettyStream(fd: 1 | 2): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty')
  return pretty({
    destination: fd,
    colorize: true,
    ignore: 'version,pid,hostname',
    sync: true,
    translateTime: 'SYS:HH:MM:ss.l',
  })
}

type Hide = ReturnType<typeof secretHider>

const hideText = (hide: Hide) => (value: unknown) => (typeof value === 'string' ? hide(value) : value)

/** Name, message, code, stack and causes of an error; neither a statement's parameters nor what looks like a key. */
function describeError(error: unknown, hide: Hide): unknown {
  const bare = withoutParams(error)
  if (!(bare instanceof Error)) return hideText(hide)(bare)
  return {
    type: bare.name,
    message: hide(bare.message),
    ...('code' in bare && { code: bare.code }),
    stack: hide(bare.stack ?? ''),
    ...(bare.cause !== undefined && { cause: describeError(bare.cause, hide) }),
  }
}

/** Drizzle's wrapper says every parameter in its message; the driver's own error inside does not. */
export const withoutParams = (error: unknown): unknown =>
  error instanceof Error && error.constructor.name === 'DrizzleQueryError' ? (error.cause ?? error) : error
