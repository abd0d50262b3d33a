// The fake provider as a process of its own:
//   bun tests/support/provider/main.ts [--port N] [--model-script file.json] [--instant]
// The script file is `{ "<model>": [turn, …] }`; its turns go round for ever, and the model `*` stands for all others.
// `--instant` keeps no requests, for benches. Prints its URL once it listens.
import { parseArgs } from 'node:util'
import { startFakeProvider } from './server.ts'
import type { Turn } from './turn.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'model-script': { type: 'string' },
    instant: { type: 'boolean', default: false },
  },
})

const provider = await startFakeProvider({ port: Number(values.port), record: !values.instant })
const file = values['model-script']
if (file !== undefined) {
  // Safe: the file is written by a test or bench of this repository, with turns of this very type.
  const scripts = (await Bun.file(file).json()) as Record<string, Turn[]>
  for (const [model, turns] of Object.entries(scripts)) provider.script(model, turns, { repeat: true })
}
console.log(provider.url)
