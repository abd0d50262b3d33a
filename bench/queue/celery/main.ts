// Celery as the other subjects are: one Python process enqueues, a worker with as many processes as there are cores works.
import { RedisClient } from 'bun'
import { serve } from '../remote.ts'
import { subjectCalls } from '../serve-subject.ts'
import type { Subject, SubjectCalls } from '../subject.ts'
import { pythonWithCelery } from './python.ts'

const [url = ''] = process.argv.slice(2)
const python = pythonWithCelery() ?? 'python3'
const redis = new RedisClient(url)
/** For the call that blocks. */
const waits = new RedisClient(url)
const pollMs = 5

// It warns of being run by root.
const pythonSettings = { PYTHONDONTWRITEBYTECODE: '1', PYTHONWARNINGS: 'ignore' }
const common = { cwd: import.meta.dir, env: { PATH: process.env.PATH, REDIS_URL: url, ...pythonSettings } }
/** Ends the worker when its input ends, so also when this process is killed. */
const keep = '"$@" & worker=$!; read _; kill "$worker"; wait "$worker"'
const client = Bun.spawn([python, 'tasks.py'], { ...common, stdio: ['pipe', 'pipe', 'inherit'] })
const answers = client.stdout.getReader()

async function ask(line: string): Promise<void> {
  client.stdin.write(`${line}\n`)
  await client.stdin.flush()
  const { done } = await answers.read()
  if (done) throw new Error('The Celery client ended.')
}

const unfinished = async () =>
  Number(await redis.send('LLEN', ['celery'])) + Number(await redis.send('HLEN', ['unacked']))

const subject: Subject = {
  enqueue: (jobs, batch) => ask(`enqueue ${jobs} ${batch}`),
  tidy: async () => {},
  work: async began => {
    const before = await unfinished()
    const command = [python, '-m', 'celery', '-A', 'tasks', 'worker', '--loglevel', 'ERROR']
    const flags = ['--without-gossip', '--without-mingle', '--without-heartbeat']
    const kept = ['sh', '-c', keep, 'keep', ...command, ...flags]
    const worker = Bun.spawn(kept, { ...common, stdio: ['pipe', 'ignore', 'inherit'] })
    let ended = false
    // Its handlers run in processes of theirs: what has gone from Redis was handled.
    const counting = (async () => {
      for (let told = 0; !ended && told < before; await Bun.sleep(pollMs)) {
        const handled = before - (await unfinished())
        for (; told < handled; told++) began(null)
      }
    })()
    const listening = (async () => {
      while (!ended) {
        const answer: unknown = await waits.send('BLPOP', ['bench:waits', '0.5'])
        if (Array.isArray(answer)) began(Number(answer[1]))
      }
    })()
    return async () => {
      ended = true
      worker.stdin.end()
      await Promise.all([worker.exited, counting, listening])
    }
  },
  unfinished,
  send: sentAt => ask(`send ${sentAt}`),
}

serve<SubjectCalls>(subjectCalls(subject))
