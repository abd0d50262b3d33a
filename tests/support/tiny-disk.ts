import { writeSync } from 'node:fs'
import { mkdtemp, open, rm, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A file system of its own that is small enough to be filled. */
export interface TinyDisk extends AsyncDisposable {
  path: string
  /** Takes all the space there is. */
  fill(): Promise<void>
  /** Gives it back. */
  clear(): Promise<void>
}

const mount = async (...words: string[]): Promise<boolean> => {
  try {
    const child = Bun.spawn(words, { stdout: 'ignore', stderr: 'ignore' })
    return (await child.exited) === 0
  } catch {
    return false
  }
}

/** Null where nothing may be mounted: not root, or a container without the right to. */
export async function mountTinyDisk(megabytes: number): Promise<TinyDisk | null> {
  const path = await mkdtemp(join(tmpdir(), 'bunkhouse-disk-'))
  if (
    process.platform !== 'linux' ||
    !(await mount('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', path))
  ) {
    await rm(path, { recursive: true })
    return null
  }
  const ballast = join(path, 'ballast')
  return {
    path,
    async fill() {
      const file = await open(ballast, 'a')
      try {
        while ((await statfs(path)).bavail > 0) writeSync(file.fd, Buffer.alloc(4_096))
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
      } finally {
        await file.close()
      }
    },
    clear: () => rm(ballast, { force: true }),
    async [Symbol.asyncDispose]() {
      await mount('umount', path)
      await rm(path, { recursive: true, force: true })
    },
  }
}
