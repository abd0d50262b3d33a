import { Chat } from '@ai-sdk/react'
import { DefaultChatTransport, type UIMessage } from 'ai'
import type { Service } from '../../support/service.ts'

export const headersOf = ({ key }: Pick<Service, 'key'>) => ({ authorization: `Bearer ${key}` })

export const transportOf = (service: Pick<Service, 'url' | 'key'>, agent: string) =>
  new DefaultChatTransport({ api: `${service.url}/ai-sdk/${agent}`, headers: headersOf(service) })

type Options = ConstructorParameters<typeof Chat<UIMessage>>[0]

/** What `useChat` is built on. */
export function chatOf(service: Pick<Service, 'url' | 'key'>, agent: string, options: Partial<Options> = {}) {
  const errors: Error[] = []
  const chat = new Chat<UIMessage>({
    transport: transportOf(service, agent),
    onError: error => void errors.push(error),
    ...options,
  })
  return Object.assign(chat, { errors })
}

export const textOf = (message: UIMessage | undefined): string =>
  (message?.parts ?? []).map(part => (part.type === 'text' ? part.text : '')).join('')

/** The parts of a message that tell of tools, in short. */
export const toolsOf = (message: UIMessage | undefined) =>
  (message?.parts ?? []).flatMap(part =>
    'toolCallId' in part
      ? [{ type: part.type, state: part.state, output: part.output, errorText: part.errorText }]
      : [],
  )
