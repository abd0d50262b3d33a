// `bun run example NAME [--stay]`: plays one of the examples beside this file, on a Bunkhouse of its own.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import chatUi, { withModel } from './chat-ui/story.ts'
import dailyReport from './daily-report/story.ts'
import refund from './refund/story.ts'
import repository from './repository/story.ts'
import { openStage, type Stage } from './stage.ts'
import support from './support/story.ts'

type Story = (stage: Stage) => Promise<void>
const stories: Record<string, Story> = { support, 'daily-report': dailyReport, refund, repository, 'chat-ui': chatUi }

const { positionals, values } = parseArgs({ allowPositionals: true, options: { stay: { type: 'boolean' } } })
const [name = ''] = positionals
const story = stories[name]
if (!story || positionals.length > 1) {
  console.error(`usage: bun run example ${Object.keys(stories).join(' | ')} [--stay]`)
  process.exit(2)
}
const agents = join(import.meta.dir, name, 'agents')
const isPage = story === chatUi
await using stage = await openStage({
  ...(existsSync(agents) && { AGENTS_DIR: agents }),
  ...(isPage && withModel()),
})
const played = await story(stage).then(
  () => true,
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
    return false
  },
)
// A page is there to be looked at.
if (played && (values.stay || isPage)) {
  console.log(`\nIt stays at ${stage.url} until Ctrl-C, with the key ${stage.key}`)
  await new Promise(resolve => process.once('SIGINT', resolve))
}
