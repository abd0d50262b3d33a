// `bun bench/profile.ts FILE.cpuprofile [LINES]`: where a profiled service spent its time, by part and by function.
// Profiles are made by `bun run bench … --profile DIR`.
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Profile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number }; children?: number[] }[]
  samples: number[]
  timeDeltas: number[]
}

const root = resolve(import.meta.dir, '..')
const [file, lines = '40'] = process.argv.slice(2)
if (file === undefined) {
  console.error('Usage: bun bench/profile.ts FILE.cpuprofile [LINES]')
  process.exit(2)
}
// Safe: Bun wrote it, in the format of Chrome's profiler.
const profile = (await Bun.file(file).json()) as Profile

const selfTime = new Map<number, number>()
profile.samples.forEach((id, index) => {
  selfTime.set(id, (selfTime.get(id) ?? 0) + (profile.timeDeltas[index] ?? 0))
})

const byPart = new Map<string, number>()
const byFunction = new Map<string, number>()
let total = 0
for (const { id, callFrame } of profile.nodes) {
  const time = selfTime.get(id) ?? 0
  const { functionName, url, lineNumber } = callFrame
  if (functionName === '(idle)') continue
  total += time
  const place = placeOf(url)
  add(byPart, partOf(place), time)
  add(byFunction, `${functionName || '(anonymous)'}  ${place}${lineNumber > 0 ? `:${lineNumber}` : ''}`, time)
}

print('By part', byPart, 25)
print('By function', byFunction, Number(lines))

function placeOf(url: string): string {
  if (url === '') return 'native'
  return url.startsWith('file://') ? relative(root, fileURLToPath(url)) : relative(root, url)
}

/** A package, or a folder of src. */
function partOf(place: string): string {
  const inPackages = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(place)
  if (inPackages?.[1]) return inPackages[1]
  return /^src\/[^/]+/.exec(place)?.[0] ?? place
}

function add(sums: Map<string, number>, key: string, time: number): void {
  sums.set(key, (sums.get(key) ?? 0) + time)
}

function print(title: string, sums: Map<string, number>, count: number): void {
  console.log(`${title} (of ${(total / 1e6).toFixed(2)} s)`)
  const largest = [...sums].sort(([, a], [, b]) => b - a).slice(0, count)
  for (const [key, time] of largest) console.log(`  ${((time / total) * 100).toFixed(1).padStart(5)} %  ${key}`)
  console.log()
}
