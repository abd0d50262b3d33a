import { type Scope, scopes } from '../../../../keys/scope.ts'
import { may, type Session } from '../../session/session.ts'

/** The tenant of whoever operates the service. */
const operator = 'default'
/** What concerns the whole service: keys of other tenants can do nothing with it. */
const isOfService = (scope: Scope): boolean => /^(metrics|system|backups|tenants):|^queues:write$/.test(scope)

export const isOperator = ({ tenant_id }: Pick<Session, 'tenant_id'>): boolean => tenant_id === operator

/** What whoever is signed in can give to a key, by what it is about. */
export function scopeGroups(session: Session): Scope[][] {
  const given = scopes.filter(scope => may(session, scope) && (isOperator(session) || !isOfService(scope)))
  return [...Map.groupBy(given, scope => scope.split(':')[0]).values()]
}
