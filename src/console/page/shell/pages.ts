import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import { answerWithinMs } from '../api/call.ts'
import { timeLimit } from '../api/time-limit.ts'
import type { shellWords } from './words.ts'

export type PageName = keyof (typeof shellWords)['en']['pages']

export interface PageEntry {
  name: PageName
  /** Below `/console`. */
  path: string
  /** After `g`. */
  letter: string
  /** Without it the page has nothing to show. */
  scope: string
  page: LazyExoticComponent<ComponentType>
}

/** A page's file, which is waited for no longer than for an answer. */
const loaded = (load: () => Promise<{ default: ComponentType }>) =>
  lazy(() => {
    const limit = timeLimit(answerWithinMs)
    const late = new Promise<never>((_, reject) => {
      limit.signal.addEventListener('abort', () => reject(limit.signal.reason))
    })
    return Promise.race([load(), late]).finally(limit.done)
  })

/** All there is, in the order in which it is listed. Each is loaded when somebody goes there. */
export const pages: readonly PageEntry[] = [
  {
    name: 'overview',
    path: '/',
    letter: 'o',
    scope: 'runs:read',
    page: loaded(() => import('../pages/overview/overview.tsx')),
  },
  {
    name: 'runs',
    path: '/runs',
    letter: 'r',
    scope: 'runs:read',
    page: loaded(() => import('../pages/runs/runs.tsx')),
  },
  {
    name: 'playground',
    path: '/playground',
    letter: 'p',
    scope: 'runs:write',
    page: loaded(() => import('../pages/playground/playground.tsx')),
  },
  {
    name: 'approvals',
    path: '/approvals',
    letter: 'a',
    scope: 'approvals:read',
    page: loaded(() => import('../pages/approvals/approvals.tsx')),
  },
  {
    name: 'threads',
    path: '/threads',
    letter: 't',
    scope: 'threads:read',
    page: loaded(() => import('../pages/threads/threads.tsx')),
  },
  {
    name: 'agents',
    path: '/agents',
    letter: 'e',
    scope: 'agents:read',
    page: loaded(() => import('../pages/agents/agents.tsx')),
  },
  {
    name: 'schedules',
    path: '/schedules',
    letter: 's',
    scope: 'schedules:read',
    page: loaded(() => import('../pages/schedules/schedules.tsx')),
  },
  {
    name: 'jobs',
    path: '/jobs',
    letter: 'j',
    scope: 'jobs:read',
    page: loaded(() => import('../pages/jobs/jobs.tsx')),
  },
  {
    name: 'webhooks',
    path: '/webhooks',
    letter: 'w',
    scope: 'webhooks:read',
    page: loaded(() => import('../pages/webhooks/webhooks.tsx')),
  },
  {
    name: 'usage',
    path: '/usage',
    letter: 'c',
    scope: 'usage:read',
    page: loaded(() => import('../pages/usage/usage.tsx')),
  },
  {
    name: 'keys',
    path: '/keys',
    letter: 'k',
    scope: 'keys:read',
    page: loaded(() => import('../pages/keys/keys.tsx')),
  },
  {
    name: 'audit',
    path: '/audit',
    letter: 'u',
    scope: 'audit:read',
    page: loaded(() => import('../pages/audit/audit.tsx')),
  },
  {
    name: 'backups',
    path: '/backups',
    letter: 'b',
    scope: 'backups:read',
    page: loaded(() => import('../pages/backups/backups.tsx')),
  },
  {
    name: 'system',
    path: '/system',
    letter: 'y',
    scope: 'system:read',
    page: loaded(() => import('../pages/system/system.tsx')),
  },
  {
    name: 'logs',
    path: '/logs',
    letter: 'l',
    scope: 'system:read',
    page: loaded(() => import('../pages/logs/logs.tsx')),
  },
]

/** Pages of one thing, below its list: not listed themselves. */
export const details: readonly { path: string; page: PageEntry['page'] }[] = [
  { path: '/runs/:id', page: loaded(() => import('../pages/runs/run.tsx')) },
  { path: '/threads/:id', page: loaded(() => import('../pages/threads/thread.tsx')) },
  { path: '/agents/:name', page: loaded(() => import('../pages/agents/agent.tsx')) },
  { path: '/schedules/:id', page: loaded(() => import('../pages/schedules/schedule.tsx')) },
  { path: '/jobs/:id', page: loaded(() => import('../pages/jobs/job.tsx')) },
  { path: '/webhooks/:id', page: loaded(() => import('../pages/webhooks/webhook.tsx')) },
  { path: '/webhooks/deliveries/:id', page: loaded(() => import('../pages/webhooks/delivery.tsx')) },
  { path: '/keys/:id', page: loaded(() => import('../pages/keys/key.tsx')) },
  { path: '/keys/tenants/:id', page: loaded(() => import('../pages/keys/tenant.tsx')) },
]
