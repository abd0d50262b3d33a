import { type DestinationStream, destination, type Logger, pino, stdTimeFunctions } from 'pino'
import { secretHider } from './hide-secrets.ts'
import { LogFile } from './log-file.ts'
import { RecentLines } from './recent-lines.ts'

export interface LogOptions {
  level: string
  file: string | null
  /** Bytes at which the file is rotated, and how many files are kept in all; default 10 MB and 5. */
  fileMaxBytes?: number
  fileKeep?: number
  /** Where lines go without a file; default 1. */
  fd?: 1 | 2
  /** For people at a terminal instead of JSON lines. */
  pretty: boolean
  version: string
  /** Never to be written, in addition to what looks like a secret. */
  secrets?: readonly string[]
}

export type Log = Logger

export interface OpenLog {
  log: Log
  /** What was written lately. */
  recent: RecentLines
  /** Writes out what is still held back. */
  flush(): Promise<void>
  /** Goes on in the file of the configured name, where there is one. @throws AppError unavailable, and keeps the old one */
  reopen(): void
  close(): Promise<void>
}

interface Sink {
  stream: DestinationStream
  flush(): Promise<void>
  reopen?(): void
  close?(): Promise<void>
}

/**
 * The process's logger. A log that cannot be written, as on a full disk, stops nothing.
 * @throws AppError unavailable where the file cannot be opened
 */
export async function openLog(options: LogOptions): Promise<OpenLog> {
  const { fd = 1 } = options
  const onLost = (lines: number) => log.warn({ lines }, 'lines of the log were dropped, they could not be written')
  const sink =
    options.file !== null
      ? fileSink(options, options.file, onLost)
      : options.pretty
        ? { stream: await prettyStream(fd), flush: async () => {} }
        : pipeSink(fd)
  const hide = secretHider(options.secrets ?? [])
  const recent = new RecentLines()
  const written = (text: string) => {
    const line = hide(text)
    recent.add(line)
    return line
  }
  const log: Log = pino(
    {
      level: options.level,
      base: { version: options.version },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: label => ({ level: label }) },
      // Before what is secret is escaped, and then the whole line, whatever a field is called.
      serializers: { error: error => describeError(error, hide) },
      hooks: { streamWrite: written },
    },
    sink.stream,
  )
  return { log, recent, flush: sink.flush, reopen: () => sink.reopen?.(), close: async () => sink.close?.() }
}

function fileSink({ fileMaxBytes = 10_000_000, fileKeep = 5 }: LogOptions, path: string, onLost: OnLost): Sink {
  const file = new LogFile({ path, maxBytes: fileMaxBytes, keep: fileKeep, onLost })
  return {
    stream: file,
    flush: async () => file.flush(),
    reopen: () => file.reopen(),
    close: () => file.close(),
  }
}

type OnLost = (lines: number) => void

/** Apart from the event loop: whoever reads a pipe may be slow. */
function pipeSink(fd: 1 | 2): Sink {
  const held = destination({ dest: fd, ...buffering })
  held.on('error', () => {
    // It is called when the process ends, and would try until there is room.
    held.flushSync = () => {}
  })
  /** In bytes. */
  let unwritten = 0
  held.on('write', bytes => {
    unwritten -= bytes
  })
  held.on('drop', line => {
    unwritten -= Buffer.byteLength(line)
  })
  const flush = () =>
    new Promise<void>(resolve => {
      // It is called back for the block that is under way, which may not be the last.
      const flushed = () => (unwritten > 0 ? held.flush(() => resolve()) : resolve())
      // Without a reader of our output there is nobody left to tell.
      held.flush(flushed)
      AbortSignal.timeout(flushMs).addEventListener('abort', () => resolve())
    })
  let waits = false
  let closed = false
  held.on('close', () => {
    closed = true
  })
  const flushHeld = () => {
    waits = false
    if (!closed) held.flush()
  }
  const flushSoon = () => {
    if (!waits) setTimeout(flushHeld, flushWithinMs).unref()
    waits = true
  }
  // While a block is under way nothing is flushed: what came meanwhile would stay until somebody says more.
  held.on('drain', () => {
    if (unwritten > 0) flushSoon()
  })
  const write = (line: string) => {
    unwritten += Buffer.byteLength(line)
    held.write(line)
    flushSoon()
  }
  return { stream: { write }, flush }
}

/** Lines go out in blocks: a system call a line costs more than the line. */
const buffering = { sync: false, minLength: 8_192, maxLength: 4 * 1024 * 1024 }
/** After the first that waits. Where nothing is said nothing wakes up, as it would by the stream's own clock. */
const flushWithinMs = 250

/** A reader that takes nothing must not keep a process from ending. */
const flushMs = 2_000

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
