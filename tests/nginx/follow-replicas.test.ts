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
  getent: `while read -r address; do echo "$address STREAM"; done <${folder}/names`,
  wget: 'exit 0',
  sleep: 'exec /bin/sleep 0.02',
}
for (const [name, lines] of Object.entries(programs)) {
  await Bun.write(`${folder}/bin/${name}`, `#!/bin/sh\n${lines}\n`)
  await chmod(`${folder}/bin/${name}`, 0o755)
}
await Bun.spawn(['mkfifo', `${folder}/names`]).exited

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

/** Answers its next question for addresses. It asks again when it has done what the answer asks for. */
const answer = (...addresses: string[]) =>
  Bun.spawn(['sh', '-c', 'printf "%s\\n" "$@" >"$0"', `${folder}/names`, ...addresses]).exited
const leave = (...addresses: string[]) =>
  Bun.spawn([script, 'leave', ...addresses], { env, stdio: ['ignore', 'ignore', 'inherit'] }).exited
const listed = async () =>
  [...(await Bun.file(`${folder}/replicas.conf`).text()).matchAll(/^server ([^ ]+):8000 /gm)].map(match => match[1])

const [one, two, three] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'] as const

test('nginx is told of the replicas that DNS names, without those that leave, for as long as they are there', async () => {
  await answer(one, two)
  await answer(one, two)
  expect(await listed()).toEqual([one, two])

  const left = leave(one, two)
  await answer(one, two, three)
  await answer(one, two, three)
  await answer(one, two, three)
  expect(await listed()).toEqual([three])
  expect(await left).toBe(0)

  // A name server without an answer does not bring them back.
  await answer()
  await answer(one, two, three)
  await answer(one, two, three)
  expect(await listed()).toEqual([three])

  // Another one has the address of one that is gone.
  await answer(two, three)
  await answer(one, two, three)
  await answer(one, two, three)
  expect(await listed()).toEqual([one, three])
})
