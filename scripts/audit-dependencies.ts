// `bun run audit:dependencies`: asks the package registry whether something is known against what is installed.
// Exit status: 0 nothing is known, 1 something is, 3 it could not be asked, so that nothing can be said.
import { resolve } from 'node:path'

interface Advisory {
  title: string
  severity: string
  url: string
  vulnerable_versions: string
}

const run = Bun.spawn([process.execPath, 'audit', '--json', ...process.argv.slice(2)], {
  cwd: resolve(import.meta.dir, '..'),
  stdio: ['ignore', 'pipe', 'pipe'],
})
const [output, errors] = await Promise.all([run.stdout.text(), run.stderr.text(), run.exited])
const found = advisoriesIn(output)
if (found === null) {
  console.error(`NOT ASKED: the registry did not say what is known against the dependencies.\n${errors.trim()}`)
  process.exit(3)
}
for (const [name, advisories] of Object.entries(found)) {
  for (const { severity, title, url, vulnerable_versions: versions } of advisories) {
    console.error(`${severity}: ${name} ${versions}: ${title} (${url})`)
  }
}
if (Object.keys(found).length > 0) process.exit(1)
console.log('Nothing is known against the dependencies.')

/** Null where the output is no answer of a registry. */
function advisoriesIn(text: string): Record<string, Advisory[]> | null {
  try {
    const answer: unknown = JSON.parse(text)
    if (typeof answer !== 'object' || answer === null || Array.isArray(answer)) return null
    // Safe: the registry's own form; a field that is missing is told as such.
    return answer as Record<string, Advisory[]>
  } catch {
    return null
  }
}
