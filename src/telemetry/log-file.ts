import { closeSync, fstatSync, mkdirSync, openSync, type Stats, statSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { AppError } from '../errors.ts'
import { Loop } from '../runtime/loop.ts'
import { rotate } from './rotate.ts'

export interface LogFileOptions {
  path: string
  /** The file is moved away before it grows longer, unless one line is. */
  maxBytes: number
  /** Files in all, the one that is written to among them. */
  keep: number
  /** Called when it can be written again after lines had to be dropped. */
  onLost(lines: number): void
}

/** Lines go out in blocks, and at least that often: a system call a line costs more than the line. */
const blockBytes = 8_192
const everyMs = 250
const longestWrite = 65_536
/** What is kept in memory while nothing can be written. */
const heldAtMost = 4 * 1024 * 1024

/**
 * A file that lines are added to, and that is rotated by its size. Several processes may share one: each appends whole
 * lines, looks before every block whether another has moved the file, and moves it under a lock. What cannot be
 * written, as on a full disk, waits in memory and stops nothing.
 */
export class LogFile {
  readonly #options: LogFileOptions
  readonly #loop: Loop
  readonly #atExit = () => this.flush()
  #fd: number
  #lines: Buffer[] = []
  #held = 0
  #due = false
  /** What is left of a block that went out in part. */
  #rest: Buffer | null = null
  #lost = 0

  /** @throws AppError unavailable where it cannot be opened */
  constructor(options: LogFileOptions) {
    this.#options = options
    this.#fd = open(options.path)
    // What it fails with cannot be told to the log.
    this.#loop = new Loop({ name: 'log file', body: () => this.#turn(), onError: () => {} })
    this.#loop.start()
    process.on('exit', this.#atExit)
  }

  write(text: string): void {
    const line = Buffer.from(text)
    const before = this.#held
    if (before + line.length > heldAtMost) {
      this.#lost++
      return
    }
    this.#lines.push(line)
    this.#held += line.length
    if (before === 0 || (before < blockBytes && this.#held >= blockBytes)) this.#loop.wake()
  }

  /** Writes out what is held back, as far as that is possible. */
  flush(): void {
    try {
      this.#writeAll()
    } catch {
      // A full disk: there is nobody left to tell.
    }
  }

  /** Goes on in the file of that name, which may be another one now. @throws AppError unavailable, and keeps the old one */
  reopen(): void {
    this.flush()
    this.#use(open(this.#options.path))
  }

  async close(): Promise<void> {
    process.off('exit', this.#atExit)
    await this.#loop.stop()
    this.flush()
    closeSync(this.#fd)
  }

  #turn(): number {
    if (this.#held === 0) return Number.POSITIVE_INFINITY
    if (this.#held < blockBytes && !this.#due) {
      this.#due = true
      return everyMs
    }
    this.#due = false
    this.#writeAll()
    return Number.POSITIVE_INFINITY
  }

  #writeAll(): void {
    while (this.#held > 0) {
      this.#rest ??= this.#takeBlock()
      const written = writeSync(this.#fd, this.#rest)
      this.#held -= written
      this.#rest = written < this.#rest.length ? this.#rest.subarray(written) : null
    }
    const lost = this.#lost
    this.#lost = 0
    if (lost > 0) this.#options.onLost(lost)
  }

  /** As many lines as the file has room for, after a rotation if it has none. */
  #takeBlock(): Buffer {
    const { maxBytes } = this.#options
    const room = maxBytes - this.#sizeOfCurrent()
    const first = this.#lines[0]?.length ?? 0
    // Where another process is just rotating, a block more does no harm.
    const limit = Math.min(room < first ? maxBytes - this.#rotated() : room, longestWrite)
    let count = 0
    let bytes = 0
    do bytes += this.#lines[count++]?.length ?? 0
    while (count < this.#lines.length && bytes + (this.#lines[count]?.length ?? 0) <= limit)
    return Buffer.concat(this.#lines.splice(0, count), bytes)
  }

  /** Its size, with what others have written; after opening it anew where it was moved or deleted. */
  #sizeOfCurrent(): number {
    const own = fstatSync(this.#fd)
    // Neither a device nor a pipe is ever moved.
    if (!own.isFile()) return 0
    if (isAt(this.#options.path, own)) return own.size
    this.#use(open(this.#options.path))
    return fstatSync(this.#fd).size
  }

  /** Returns the size of the file it goes on with. */
  #rotated(): number {
    const { path, keep } = this.#options
    const own = fstatSync(this.#fd)
    if (own.size === 0 || !own.isFile()) return 0
    try {
      if (rotate(path, keep, () => isAt(path, own))) this.#use(open(path))
    } catch {
      // A longer file is better than none.
    }
    return fstatSync(this.#fd).size
  }

  #use(fd: number): void {
    const old = this.#fd
    this.#fd = fd
    closeSync(old)
  }
}

const isAt = (path: string, { ino, dev }: Stats): boolean => {
  const there = statSync(path, { throwIfNoEntry: false })
  return there !== undefined && there.ino === ino && there.dev === dev
}

/** At once, so that it is there for the first line and for a start that fails. */
function open(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true })
    return openSync(path, 'a')
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new AppError('unavailable', `LOG_FILE ${path} cannot be opened: ${reason}`, { cause: error })
  }
}
