import { chmod } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * What `systemctl restart` does, without systemd: ends the process, and starts what the link leads to now with the settings
 * of the file. Returns the command.
 */
export async function writeServiceManager({
  folder,
  home,
  settings,
}: {
  folder: string
  home: string
  settings: string
}) {
  const script = join(folder, 'restart')
  await Bun.write(
    script,
    `#!/usr/bin/env bash
set -euo pipefail
pidfile=${folder}/pid
if [[ -e $pidfile ]]; then
  pid=$(cat "$pidfile")
  kill -TERM "$pid" 2>/dev/null || true
  while kill -0 "$pid" 2>/dev/null; do sleep 0.02; done
fi
set -a
. ${settings}
cd ${folder}
env -i PATH=/usr/bin:/bin HOME=${folder} PORT="$PORT" HOST="$HOST" BUNKHOUSE_API_KEY="$BUNKHOUSE_API_KEY" \\
  BUNKHOUSE_SECRET_KEY="$BUNKHOUSE_SECRET_KEY" DATABASE_URL=sqlite:${folder}/bunkhouse.db \\
  setsid ${home}/current/bunkhouse serve >>${folder}/log 2>&1 </dev/null 9>&- &
echo $! >"$pidfile"
`,
  )
  await chmod(script, 0o755)
  return {
    command: script,
    end: async () => {
      const pid = Number(await Bun.file(join(folder, 'pid')).text())
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    },
  }
}
