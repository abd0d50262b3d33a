import { expect, setDefaultTimeout, test } from 'bun:test'
import { useChat } from '@ai-sdk/react'
import { JSDOM } from 'jsdom'
import { act, createElement, type ReactElement } from 'react'
import { startStage } from '../../api/stage.ts'
import { transportOf } from './client.ts'

setDefaultTimeout(60_000)

/** A page with one element in it, for as long as the scope lasts. */
async function render(element: ReactElement) {
  const { window } = new JSDOM('<!doctype html><div id="root"></div>', { pretendToBeVisual: true })
  const before = new Map(
    ['window', 'document', 'IS_REACT_ACT_ENVIRONMENT'].map(name => [name, Reflect.get(globalThis, name)]),
  )
  Object.assign(globalThis, { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true })
  const { createRoot } = await import('react-dom/client')
  const root = createRoot(window.document.getElementById('root') ?? window.document.body)
  await act(async () => root.render(element))
  return {
    text: () => window.document.body.textContent ?? '',
    click: (id: string) => act(async () => window.document.getElementById(id)?.click()),
    until: async (fits: (text: string) => boolean) => {
      while (!fits(window.document.body.textContent ?? '')) await act(() => Bun.sleep(5))
    },
    [Symbol.asyncDispose]: async () => {
      await act(async () => root.unmount())
      window.close()
      for (const [name, value] of before) Reflect.set(globalThis, name, value)
    },
  }
}

interface TalkProps {
  transport: ReturnType<typeof transportOf>
}

function Talk({ transport }: TalkProps) {
  const { messages, sendMessage, status } = useChat({ transport })
  const send = () => void sendMessage({ text: 'Hi!' })
  return createElement(
    'div',
    null,
    createElement('button', { id: 'send', type: 'button', onClick: send }, 'Send'),
    createElement('output', null, status),
    ...messages.map(({ id, parts }) =>
      createElement('p', { key: id }, ...parts.map(part => (part.type === 'text' ? part.text : ''))),
    ),
  )
}

test('useChat shows an answer while it comes', async () => {
  await using stage = await startStage('sqlite')
  const agent = await stage.agent([{ text: ['Hello ', 'there.'], hold: true }])
  await using page = await render(createElement(Talk, { transport: transportOf(stage.service, agent) }))
  await page.click('send')
  const exchange = await stage.provider.request(agent, 1)
  exchange.release(1)
  await page.until(text => text.includes('Hello '))
  expect(page.text()).toBe('SendstreamingHi!Hello ')
  exchange.release()
  await page.until(text => text.includes('ready'))
  expect(page.text()).toBe('SendreadyHi!Hello there.')
})
