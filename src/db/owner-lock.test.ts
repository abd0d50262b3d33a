import { afterEach, beforeEach, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lockSqlite, OwnedElsewhere } from './owner-lock.ts'

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bunkhouse-lock-'))
  path = join(folder, 'bunkhouse.db')
})
afterEach(() => rm(folder, { recursive: true }))

test('one that is alone lets in nobody else', () => {
  const unlock = lockSqlite(path, 'alone')
  expect(() => lockSqlite(path, 'alone')).toThrow(OwnedElsewhere)
  expect(() => lockSqlite(path, 'shared')).toThrow(OwnedElsewhere)
  unlock()
})

test('any number may share, and keep out one that wants to be alone', () => {
  const unlocks = [lockSqlite(path, 'shared'), lockSqlite(path, 'shared')]
  expect(() => lockSqlite(path, 'alone')).toThrow(`Another process serves ${path} or runs an agent on it.`)
  for (const unlock of unlocks) unlock()
  lockSqlite(path, 'alone')()
})

test('what was given back can be taken again', () => {
  lockSqlite(path, 'alone')()
  lockSqlite(path, 'shared')()
  lockSqlite(path, 'alone')()
})

test('a lock that cannot be made is another failure', () => {
  expect(() => lockSqlite(join(folder, 'no/such/folder.db'), 'alone')).toThrow('unable to open database file')
})
