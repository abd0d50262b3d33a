// `bun run test:deploy [FILTER…]`: proves what ships for each target by the strictest real thing this machine has, and
// prints a table. A filter is a part of a check's file name.
import { join, resolve } from 'node:path'
import type { DeployCheck, Result } from './deploy/check.ts'
import { runCheck } from './deploy/run-check.ts'
import { table } from './deploy/table.ts'

const folder = resolve(import.meta.dir, '../tests/deploy')
const filters = process.argv.slice(2)
const files = [...new Bun.Glob('**/*.check.ts').scanSync(folder)]
  .filter(file => filters.length === 0 || filters.some(filter => file.includes(filter)))
  .sort()
if (files.length === 0) {
  console.error(`No check matches ${filters.join(' ')}.`)
  process.exit(2)
}

const results: Result[] = []
for (const file of files) {
  // Safe: the type of the export is the rule of these files, and tsc holds them to it.
  const { check } = (await import(join(folder, file))) as { check: DeployCheck }
  console.log(`\n${check.artifact} (${file})`)
  const result = await runCheck(check, line => console.log(line))
  if (result.outcome === 'not checked') console.log(`  not checked here: ${result.reason}`)
  results.push(result)
}

const count = (outcome: Result['outcome']) => results.filter(result => result.outcome === outcome).length
const held = results.reduce((sum, result) => sum + result.held, 0)
// The counts are in the form of Bun's test runner.
console.log(`\n${table(results)}\n\n ${held} pass\n ${count('not checked')} skip\n ${count('failed')} fail`)
// What a check that was cut off has left running must not hold the process.
process.exit(count('failed') > 0 ? 1 : 0)
