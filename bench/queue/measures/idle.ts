import { engines } from '../../bench.ts'
import { temporaryFolder } from '../../folder.ts'
import { cpuSeconds } from '../../process-usage.ts'
import { startService } from '../../service.ts'
import type { MeasureContext } from '../measure.ts'

/** Until its polls are as far apart as they get. */
const settleMs = 15_000

/** What `bunkhouse serve` uses of a core with nothing to do. */
export async function measureIdle({ report, servers, sizes }: MeasureContext): Promise<void> {
  for (const engine of engines) {
    await using folder = await temporaryFolder()
    await using database = await servers.newDatabase()
    const env = { DATABASE_URL: engine === 'postgres' ? database.url : `sqlite:${folder.path}/bunkhouse.db` }
    await using service = await startService({ folder: folder.path, env })
    await Bun.sleep(settleMs)
    const [cpu, begun] = [cpuSeconds(service.pid), performance.now()]
    await Bun.sleep(sizes.idleSeconds * 1000)
    const seconds = (performance.now() - begun) / 1000
    report.add(
      `bunkhouse serve, idle on ${engine}`,
      'of a core',
      ((cpuSeconds(service.pid) - cpu) / seconds) * 100,
      '%',
    )
  }
}
