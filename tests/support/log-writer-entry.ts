// Writes numbered lines to a log that several processes share: log-writer-entry.ts <file> <writer> <lines> <maxBytes> <keep>
import { LogFile } from '../../src/telemetry/log-file.ts'

const [path = '', writer = '', lines = '', maxBytes = '', keep = ''] = process.argv.slice(2)
const file = new LogFile({ path, maxBytes: Number(maxBytes), keep: Number(keep), onLost: () => {} })
for (let line = 0; line < Number(lines); line++) {
  file.write(`${JSON.stringify({ writer, line, text: 'x'.repeat(line % 97) })}\n`)
  // Lets blocks go out in between, as they do in a service.
  if (line % 50 === 0) await new Promise(setImmediate)
}
await file.close()
process.exit()
