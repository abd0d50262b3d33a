import { readFileSync } from 'node:fs'
import { namedSecret } from './config-secrets.ts'

/** What may be given as a file: whatever is a secret, or an address with a password in it. */
const inFiles = (name: string): boolean => namedSecret.test(name) || /^(DATABASE|REDIS)_URL$|_HEADERS$/.test(name)

/**
 * The value of a variable, or of the file that `<name>_FILE` names, as Docker and Kubernetes mount secrets. Looked at for
 * variables that are read only: other programs have such names too. A file with nothing in it counts as not set.
 * @throws Error that says what is wrong, for whoever set it
 */
export function givenValue(env: Record<string, string | undefined>, name: string): string | undefined {
  const value = env[name]?.trim()
  const fileName = `${name}_FILE`
  const path = Object.hasOwn(env, fileName) && inFiles(name) ? env[fileName]?.trim() : ''
  if (!path) return value
  if (value) throw new Error(`is set, and ${fileName} too: take one of them`)
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'it cannot be read'
    throw new Error(`cannot be read from the file of ${fileName}, "${path}": ${code}`)
  }
}
