import type { Json } from '../../json.ts'
import { thrownMessage } from './thrown.ts'

/** Marks the arguments of a tool call that are no JSON, so that the model can be told instead of the run failing. */
export class UnparsedInput {
  readonly text: string
  readonly reason: string

  constructor(text: string, reason: string) {
    this.text = text
    this.reason = reason
  }
}

/** The arguments of a tool call as the model wrote them. No text at all means no arguments. */
export function parseToolInput(text: string): Json | UnparsedInput {
  if (text.trim() === '') return {}
  try {
    return JSON.parse(text)
  } catch (error) {
    return new UnparsedInput(text, thrownMessage(error))
  }
}

/** The same arguments for people to see: what is no JSON is shown as the text it is. */
export function shownToolInput(text: string): Json {
  const input = parseToolInput(text)
  return input instanceof UnparsedInput ? input.text : input
}
