import { join } from 'node:path'
import { findMonitoring, howToGetMonitoring } from '../../scripts/services/monitoring.ts'

export const root = join(import.meta.dir, '../..')
export const shipped = join(root, 'deploy/monitoring')

/** Null where the machine has none: then the reason is told once, and tests that need them are skipped. */
export const programs = await findMonitoring()
if (programs === null) {
  // Skipping would hide there that nothing was tested.
  if (process.env.CI) throw new Error(howToGetMonitoring)
  console.warn(howToGetMonitoring)
}

export interface AlertRule {
  alert: string
  expr: string
  for?: string
  labels: Record<string, string>
  annotations: Record<string, string>
}

export interface RecordRule {
  record: string
  expr: string
}

export interface Rules {
  groups: { name: string; rules: (AlertRule | RecordRule)[] }[]
}

const readYaml = async (path: string): Promise<unknown> => Bun.YAML.parse(await Bun.file(join(shipped, path)).text())

// Safe: promtool and amtool check the form of these files in the tests.
export const readRules = async () => (await readYaml('rules/bunkhouse.rules.yml')) as Rules

export const isAlert = (rule: AlertRule | RecordRule): rule is AlertRule => 'alert' in rule

export const readAlerts = async (): Promise<AlertRule[]> =>
  (await readRules()).groups.flatMap(group => group.rules).filter(isAlert)

export interface PrometheusConfig {
  global: Record<string, string>
  rule_files: string[]
  alerting: { alertmanagers: { static_configs: { targets: string[] }[] }[] }
  scrape_configs: {
    job_name: string
    authorization?: { credentials_file: string }
    static_configs: { targets: string[] }[]
  }[]
}

export const readPrometheusConfig = async () => (await readYaml('prometheus.yml')) as PrometheusConfig

export interface AlertmanagerConfig {
  route: { routes: object[] }
  receivers: { name: string; webhook_configs: { url: string }[] }[]
}

export const readAlertmanagerConfig = async () => (await readYaml('alertmanager.yml')) as AlertmanagerConfig
