import { chown } from 'node:fs/promises'
import type { Account } from './account.ts'
import { makeFolder } from './folder.ts'

const keepScript = await Bun.file(new URL('./keep.sh', import.meta.url)).text()

export interface KeptServer {
  /** Resolves when the server has ended, to the last lines of its log. */
  ended: Promise<string>
  /** Ends the server and removes its folder; resolves when both are gone. Safe to call twice. */
  stop(): Promise<void>
}

export interface KeepOptions {
  /** First part of the folder's name. */
  name: string
  /** On a real disk, for servers that must pay for their syncs. */
  durable: boolean
  /** Who runs it, when not this process's user. */
  account?: Account | undefined
  /** A shell line that ends the server; `$server` is its process id. */
  stop: string
  /** A shell line that runs the server in the foreground; `$folder` is its own folder, and also `env` is at hand. */
  run: string
  env: Record<string, string | undefined>
}

/** Starts a server that ends with this process, however it ends. */
export const keep = async (options: KeepOptions): Promise<KeptServer> => {
  const { account } = options
  const folder = await makeFolder(options.name, options.durable)
  if (account) await chown(folder, account.uid, account.gid)

  // The script goes by value: the other user may not be allowed to read this checkout.
  const shell = Bun.spawn(['sh', '-c', keepScript, 'keep', folder, options.stop, 'sh', '-c', options.run], {
    ...(account && { uid: account.uid, gid: account.gid }),
    cwd: folder,
    env: { ...options.env, folder },
    stdio: ['pipe', 'pipe', 'inherit'],
    // Ctrl-C is for the tests: they still need the server to end well.
    detached: true,
  })
  shell.unref()
  const ended = shell.stdout.text()
  return {
    ended,
    stop: async () => {
      shell.stdin.end()
      shell.ref()
      await shell.exited
    },
  }
}
