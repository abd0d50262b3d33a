// Prometheus and Alertmanager for the tests of what deploy/monitoring holds.
import { aptInstall, canUseApt } from './apt.ts'
import { findPrograms } from './find-program.ts'

/** Where each program is. */
export interface MonitoringPrograms {
  prometheus: string
  promtool: string
  alertmanager: string
  amtool: string
}

const places = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin']
const debianPackages = ['prometheus', 'prometheus-alertmanager']

/** What to tell where they are missing. */
export const howToGetMonitoring = `Prometheus and Alertmanager were not found on this machine, so what needs them is left out.
  Debian, Ubuntu: sudo apt-get install ${debianPackages.join(' ')}
  macOS: brew install prometheus alertmanager
  Others: put prometheus, promtool, alertmanager and amtool on PATH`

/** Looks on this machine, then installs Debian's packages where that is root's to do. Null where there are none. */
export const findMonitoring = async (): Promise<MonitoringPrograms | null> => {
  const found = look()
  if (found || !canUseApt()) return found
  await aptInstall(debianPackages)
  return look()
}

const look = (): MonitoringPrograms | null => {
  const folder = findPrograms(['prometheus', 'promtool'], places)
  // Debian calls it by another name than everybody else.
  for (const name of ['alertmanager', 'prometheus-alertmanager'] as const) {
    const other = findPrograms([name, 'amtool'], places)
    if (folder === undefined || other === undefined) continue
    return {
      prometheus: `${folder}/prometheus`,
      promtool: `${folder}/promtool`,
      alertmanager: `${other}/${name}`,
      amtool: `${other}/amtool`,
    }
  }
  return null
}
