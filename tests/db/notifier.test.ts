import { describe, expect, setDefaultTimeout, test } from 'bun:test'
import type { MigratableDatabase } from '../../src/db/migrate.ts'
import type { HintTopic, Notifier } from '../../src/db/notifier.ts'
import { openNotifier } from '../../src/db/open-notifier.ts'
import { FactLog } from '../support/fact-log.ts'
import { failOnTimersLeft } from '../support/leaks.ts'
import { migratedDatabase } from '../support/migrated-database.ts'

setDefaultTimeout(120_000)
failOnTimersLeft()

const topics: HintTopic[] = ['queue', 'run', 'cancel', 'schedule']

/** What a notifier is told, as `topic id`; `until` resolves when it has been told that. */
function hearing(notifier: Notifier) {
  const heard: string[] = []
  let news = Promise.withResolvers<void>()
  for (const topic of topics) {
    notifier.subscribe(topic, id => {
      heard.push(`${topic} ${id}`)
      news.resolve()
      news = Promise.withResolvers()
    })
  }
  const until = async (hint: string) => {
    while (!heard.includes(hint)) await news.promise
  }
  return { heard, until }
}

/** Two processes' notifiers, which start and stop with the scope. */
async function two(redisUrl: string | null) {
  const opened = await migratedDatabase('postgres')
  const facts = new FactLog()
  const open = async (database: MigratableDatabase) => openNotifier(database, redisUrl, facts.emit)
  const another = await opened.openAgain()
  const [one, other] = [await open(opened.database), await open(another)]
  await Promise.all([one.start(), other.start()])
  return {
    one,
    other,
    facts,
    database: opened.database,
    [Symbol.asyncDispose]: async () => {
      const { signal } = new AbortController()
      await Promise.all([one.stop(signal), other.stop(signal)])
      await opened[Symbol.asyncDispose]()
    },
  }
}

/** A hint may be lost, above all while a subscription is made: it is given again until it is heard. */
async function insist(from: Notifier, id: string, to: ReturnType<typeof hearing>) {
  const heard = to.until(`run ${id}`).then(() => true)
  while (!(await Promise.race([heard, new Promise<false>(resolve => setImmediate(resolve, false))]))) {
    from.publish('run', id)
  }
}

describe.each(['postgres', 'redis'] as const)('hints over %s', transport => {
  const url = () => (transport === 'redis' ? (process.env.TEST_REDIS_URL ?? '') : null)

  test('reach other processes, and not the one that gave them', async () => {
    await using pair = await two(url())
    const mine = hearing(pair.one)
    const theirs = hearing(pair.other)
    await insist(pair.one, 'hello', theirs)
    await insist(pair.other, 'hello', mine)
    for (const topic of topics) pair.one.publish(topic, `${topic} of one`)
    await theirs.until('cancel cancel of one')
    pair.other.publish('run', 'of the other')
    await mine.until('run of the other')
    expect(theirs.heard.filter(hint => hint.includes('of one'))).toEqual(
      topics.map(topic => `${topic} ${topic} of one`),
    )
    expect(mine.heard.filter(hint => hint.includes('of one'))).toEqual([])
  })

  test('of one turn are told once each, however many they are', async () => {
    await using pair = await two(url())
    const theirs = hearing(pair.other)
    await insist(pair.one, 'hello', theirs)
    // More than one message holds.
    const ids = Array.from({ length: 1_000 }, (_, index) => `run_${String(index).padStart(32, '0')}`)
    for (const id of [...ids, ...ids]) pair.one.publish('run', id)
    for (const id of ids) await theirs.until(`run ${id}`)
    expect(theirs.heard.filter(hint => hint !== 'run hello')).toEqual(ids.map(id => `run ${id}`))
  })

  test('are no longer told to whoever has left', async () => {
    await using pair = await two(url())
    const theirs = hearing(pair.other)
    await insist(pair.one, 'hello', theirs)
    const told: string[] = []
    const leave = pair.other.subscribe('run', id => id !== 'hello' && told.push(id))
    pair.one.publish('run', 'before')
    await theirs.until('run before')
    leave()
    pair.one.publish('run', 'after')
    await theirs.until('run after')
    expect(told).toEqual(['before'])
  })
})

test('what is no hint is passed over', async () => {
  await using pair = await two(null)
  const theirs = hearing(pair.other)
  for (const text of ['', 'nonsense', 'null', '[]', '{}', '{"from":"x","hints":[["nothing","y"],["run",1],5]}']) {
    await pair.database.query('select pg_notify($1, $2)', ['bunkhouse_hints', text])
  }
  pair.one.publish('run', 'hint')
  await theirs.until('run hint')
  expect(theirs.heard).toEqual(['run hint'])
})

test('hints come again after Postgres has closed the listening connection', async () => {
  await using pair = await two(null)
  const theirs = hearing(pair.other)
  await insist(pair.one, 'hello', theirs)
  const listeners = `select pid from pg_stat_activity where datname = current_database() and query ilike 'listen%'`
  for (let round = 0; round < 2; round++) {
    const ended = await pair.database.query(`select pg_terminate_backend(pid) from (${listeners}) l`, [])
    expect(ended.length).toBeGreaterThan(0)
    await insist(pair.one, `round ${round}`, theirs)
  }
})

test('a process alone on SQLite tells nobody', async () => {
  await using opened = await migratedDatabase('sqlite')
  const notifier = await openNotifier(opened.database, null, new FactLog().emit)
  await notifier.start()
  const { heard } = hearing(notifier)
  notifier.publish('run', 'alone')
  await notifier.stop(new AbortController().signal)
  expect(heard).toEqual([])
})
