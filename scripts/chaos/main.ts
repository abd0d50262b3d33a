// `bun run chaos`: breaks real processes while they work, and counts what became of the work. docs/chaos.md says more.
import { rm } from 'node:fs/promises'
import { Interrupted, runChaos } from './chaos.ts'
import { commandLine, readOptions, usage, WrongUsage } from './options.ts'

const shownAtMost = 50

async function main(words: string[]): Promise<number> {
  const options = readOptions(words)
  if (!options) {
    console.log(usage)
    return 0
  }
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  const again = commandLine(options)
  console.log(again)
  const { wrong, counts, folder } = await runChaos(options, console.log, stop.signal)
  console.log('')
  for (const [name, count] of counts) console.log(`${name.padEnd(60)} ${String(count).padStart(8)}`)
  if (wrong.length === 0) {
    await rm(folder, { recursive: true, force: true })
    console.log('\nAll as promised.')
    return 0
  }
  const report = [...wrong, '', `Again: ${again}`].join('\n')
  await Bun.write(`${folder}/wrong.txt`, report)
  console.error(`\n${wrong.length} wrong:`)
  for (const text of wrong.slice(0, shownAtMost)) console.error(`- ${text}`)
  if (wrong.length > shownAtMost) console.error(`… and ${wrong.length - shownAtMost} more, in wrong.txt`)
  console.error(`\nAgain: ${again}\nData and logs: ${folder}`)
  return 1
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof Interrupted) process.exitCode = 130
  else {
    console.error(error instanceof WrongUsage ? error.message : error)
    process.exitCode = error instanceof WrongUsage ? 2 : 1
  }
}
// What an interrupted run may have left open does not keep it alive.
process.exit()
