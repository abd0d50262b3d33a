import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { root, run } from './command.ts'

export interface TypedValue {
  /** What it is called in a fault. */
  title: string
  value: unknown
  /** The type that it should have: its name, and the package's module that exports it. */
  type: string
  from: string
}

/**
 * Has the compiler look for what schemas let pass: an object literal has no property that its type has not. Also tells of
 * wrong values, as far as types can say. Empty: all is well.
 */
export async function excessFields(values: TypedValue[]): Promise<string[]> {
  // Inside of the repository, from where its packages are found.
  await mkdir(join(root, 'dist'), { recursive: true })
  const folder = await mkdtemp(join(root, 'dist/.typed-'))
  try {
    for (const [index, { type, from, value }] of values.entries()) {
      const source = `import type { ${type} } from '${from}'\nexport const value: ${type} = ${JSON.stringify(value)}\n`
      await Bun.write(join(folder, `value-${index}.ts`), source)
    }
    const compilerOptions = { strict: true, skipLibCheck: true, noEmit: true, module: 'nodenext', types: [] }
    await Bun.write(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }))
    const compiler = [process.execPath, 'run', '--bun', 'tsc', '--pretty', 'false', '--project', folder]
    const { status, stdout, stderr } = await run(compiler)
    if (status === 0) return []
    const faults = [...stdout.matchAll(/value-(\d+)\.ts\([\d,]+\): error TS\d+: (.*)/g)]
    if (faults.length === 0) throw new Error(`the compiler failed:\n${stdout}${stderr}`)
    return faults.map(([, index, message]) => `${values[Number(index)]?.title}: ${message}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}
