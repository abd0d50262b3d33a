import { afterAll, expect, test } from 'bun:test'
import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryFiles } from '../support/temporary-files.ts'

const script = join(import.meta.dir, '../../deploy/nginx/follow-replicas')
const files = temporaryFiles()
const folder = files.path
const env = { PATH: `${folder}/bin:${process.env.PATH}`, FOLLOW_REPLICAS_FOLDER: folder }

// What it runs beside nginx, in its container: a name server that answers when the test says so, and replicas that are
// ready; and no long pauses. The real ones are in the checks of deploy/compose.yaml.
const programs = {
  nginx: 'case $1 in -v) echo "nginx version: nginx/1.29.0" >&2 ;; -s) ;; *) exec /bin/sleep 3600 ;; esac',
  // Holds its answer back until the test has heard that it was asked.
  getent: `names=$(cat ${folder}/names); echo asked >${folder}/asked; printf '%s' "$names"`,
  wget: 'exit 0',
  sleep: 'exec /bin/sleep 0.02',
}
for (const [name, lines] of Object.entries(programs)) {
  await Bun.write(`${folder}/bin/${name}`, `#!/bin/sh\n${lines}\n`)
  await chmod(`${folder}/bin/${name}`, 0o755)
}
await Bun.write(`${folder}/names`, '')
await Bun.spawn(['mkfifo', `${folder}/asked`]).exited

const running = Bun.spawn([script, 'run', 'api', '8000'], {
  env,
  stdio: ['ignore', 'ignore', 'inherit'],
  // It leads a group: its loop ends with it.
  detached: true,
})
afterAll(async () => {
  process.kill(-running.pid)
  await running.exited
  files[Symbol.dispose]()
})

const asked = () => Bun.spawn(['cat', `${folder}/asked`], { stdio: ['ignore', 'ignore', 'inherit'] }).exited

/** Lets DNS name these; resolves when that has been acted on. */
async function name(...addresses: string[]): Promise<void> {
  await Bun.write(`${folder}/names`, addresses.map(address => `${address} STREAM\n`).join(''))
  // Of the answers that are given now, the first may be of before. After the second one it has asked again.
  await asked()
  await asked()
  await asked()
}

const leave = (...addresses: string[]) =>
  Bun.spawn([script, 'leave', ...addresses], { env, stdio: ['ignore', 'ignore', 'inherit'] }).exited
const listed = async () =>
  [...(await Bun.file(`${folder}/replicas.conf`).text()).matchAll(/^server ([^ ]+):8000 /gm)].map(match => match[1])

const [one, two, three] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const

test('nginx is told of the replicas that DNS names, without those that leave, for as long as they are there', async () => {
  await name(one, two)
  expect(await listed()).toEqual([one, two])

  let left: number | undefined
  const leaving = leave(one, two).then(status => {
    left = status
  })
  while (left === undefined) await name(one, two, three)
  await leaving
  expect(left).toBe(0)
  expect(await listed()).toEqual([three])

  // A name server without an answer does not bring them back.
  await name()
  await name(one, two, three)
  expect(await listed()).toEqual([three])

  // Another one has the address of one that is gone.
  await name(two, three)
  await name(one, two, three)
  expect(await listed()).toEqual([one, three])
})
