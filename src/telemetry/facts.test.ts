import { expect, test } from 'bun:test'
import { FactBus } from './facts.ts'

test('each fact reaches every subscriber, at once and in order', () => {
  const bus = new FactBus()
  const heard: string[] = []
  bus.subscribe(name => heard.push(`first ${name}`))
  bus.subscribe(name => heard.push(`second ${name}`))
  bus.emit('process.state', { state: 'ready' })
  bus.emit('stream.opened', { readers: 1 })
  expect(heard).toEqual(['first process.state', 'second process.state', 'first stream.opened', 'second stream.opened'])
})
