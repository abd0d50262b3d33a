import type { RunEvent } from '../../runs/event.ts'
import type { Write } from '../stdout.ts'

/** Shows the text of a run's events as they come, each step's on lines of its own. */
export function textShower(write: Write): (event: RunEvent) => Promise<void> {
  let last = '\n'
  let shownOfStep = false
  const show = async (text: string) => {
    if (text === '') return
    last = text.slice(-1)
    shownOfStep = true
    await write(text)
  }
  const endLine = async () => {
    if (last !== '\n') await show('\n')
  }
  return async event => {
    switch (event.type) {
      case 'text.delta': {
        const { text }: { text: string } = JSON.parse(event.data)
        return show(text)
      }
      case 'step.started':
        await endLine()
        shownOfStep = false
        return
      case 'run.retrying':
      case 'run.interrupted': {
        const { reason }: { reason: string } = JSON.parse(event.data)
        await endLine()
        console.error(`The attempt ended (${reason}); what follows is another one.`)
        return
      }
      case 'run.completed': {
        const { output }: { output: unknown } = JSON.parse(event.data)
        // A model that does not stream has told nothing before.
        if (!shownOfStep) await show(outputText(output))
        return endLine()
      }
      case 'run.failed':
      case 'run.cancelled':
        return endLine()
      default:
        return
    }
  }
}

export const outputText = (output: unknown): string => (typeof output === 'string' ? output : JSON.stringify(output))
