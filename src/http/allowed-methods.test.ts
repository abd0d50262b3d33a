import { expect, test } from 'bun:test'
import { allowedMethods } from './allowed-methods.ts'

const routes = [
  { method: 'GET', path: '/things' },
  { method: 'POST', path: '/things/' },
  { method: 'GET', path: '/things/:id' },
  { method: 'DELETE', path: '/things/:id' },
  { method: 'POST', path: '/things/:id/stop' },
]

test('tells the methods of a path, HEAD with GET', () => {
  expect(allowedMethods(routes, '/things')).toEqual(['GET', 'HEAD', 'POST'])
  expect(allowedMethods(routes, '/things/')).toEqual(['GET', 'HEAD', 'POST'])
  expect(allowedMethods(routes, '/things/1')).toEqual(['DELETE', 'GET', 'HEAD'])
  expect(allowedMethods(routes, '/things/1/stop')).toEqual(['POST'])
})

test('tells none where there is no such path', () => {
  expect(allowedMethods(routes, '/')).toEqual([])
  expect(allowedMethods(routes, '/things/1/start')).toEqual([])
  expect(allowedMethods(routes, '/things/1/stop/now')).toEqual([])
})
