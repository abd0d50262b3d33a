/** Of an answer that is no page: nothing may be loaded because of it, and no page may show it in a frame. */
const apiPolicy = "default-src 'none'; frame-ancestors 'none'"
const yearSeconds = 31_536_000

/** What every answer tells browsers and caches, where it does not say otherwise itself. */
export function protect(answer: Headers): void {
  answer.set('x-content-type-options', 'nosniff')
  answer.set('referrer-policy', 'no-referrer')
  if (!answer.has('content-security-policy')) answer.set('content-security-policy', apiPolicy)
  if (!answer.has('cache-control')) answer.set('cache-control', 'no-store')
}

/** For clients that came by HTTPS: they shall not come by anything else. */
export const onlyBySecureLine = (answer: Headers): void =>
  answer.set('strict-transport-security', `max-age=${yearSeconds}`)
