// Says more than a pipe holds in a first line, and a last one. Then, as it is told:
// - `waits FILE`: writes to the file when every flush by the clock is over, and says no more until its input ends
// - `flushes`: flushes, and is gone without a word
import { writeFileSync } from 'node:fs'
import { openLog } from '../../src/telemetry/log.ts'

const [how, file = ''] = process.argv.slice(2)
const { log, flush } = await openLog({ level: 'info', file: null, pretty: false, version: '1.2.3' })
log.info({ padding: 'x'.repeat(300_000) }, 'the first')
log.info('the last')

if (how === 'flushes') {
  await flush()
  process.kill(process.pid, 'SIGKILL')
}
setTimeout(() => writeFileSync(file, 'over'), 500)
await Bun.stdin.text()
