import { join } from 'node:path'
import { freePort } from '../../scripts/services/free-port.ts'
import { track } from '../lifecycle/processes.ts'
import { temporaryFiles } from '../support/temporary-files.ts'

export interface Daemon extends AsyncDisposable {
  /** `127.0.0.1:<port>`. */
  address: string
}

interface DaemonForm {
  /** What it is given, by name; YAML is a superset of JSON. */
  files: Record<string, unknown>
  command(address: string, file: (name: string) => string): string[]
}

const readyWithinMs = 60_000

/** Starts a program of Prometheus' kin on a free port, in a folder of its own, and waits until it is ready. */
export async function startDaemon({ files, command }: DaemonForm): Promise<Daemon> {
  const written = Object.entries(files).map(([name, content]) => [
    name,
    typeof content === 'string' ? content : JSON.stringify(content),
  ])
  const folder = temporaryFiles(Object.fromEntries(written))
  const address = `127.0.0.1:${freePort()}`
  const log = Bun.file(join(folder.path, 'log'))
  const child = Bun.spawn(
    command(address, name => join(folder.path, name)),
    { cwd: folder.path, stdin: 'ignore', stdout: 'ignore', stderr: log },
  )
  track(child)
  const end = async () => {
    child.kill()
    await child.exited
    folder[Symbol.dispose]()
  }
  const deadline = performance.now() + readyWithinMs
  while (!(await isReady(address))) {
    if (child.exitCode === null && performance.now() < deadline) {
      await Bun.sleep(20)
      continue
    }
    const said = await log.text()
    await end()
    throw new Error(`It did not become ready:\n${said}`)
  }
  return { address, [Symbol.asyncDispose]: end }
}

const isReady = (address: string): Promise<boolean> =>
  fetch(`http://${address}/-/ready`).then(
    ({ ok }) => ok,
    () => false,
  )
