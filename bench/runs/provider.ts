import { join } from 'node:path'

const program = join(import.meta.dir, '../../tests/support/provider/main.ts')

/**
 * A model provider that answers at once, over HTTP, as a process of its own.
 * @param scriptFile what its models answer; default: what they are asked
 */
export async function startProvider(scriptFile?: string): Promise<AsyncDisposable & { url: string }> {
  const script = scriptFile === undefined ? [] : ['--model-script', scriptFile]
  const child = Bun.spawn([process.execPath, program, '--instant', ...script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const { value } = await child.stdout.getReader().read()
  const end = async () => {
    child.kill()
    await child.exited
  }
  return { url: new TextDecoder().decode(value).trim(), [Symbol.asyncDispose]: end }
}
