const lengthAtMost = 2000

const secrets: [RegExp, string][] = [
  [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1'],
  [/([?&](?:[\w-]*key|[\w-]*token|signature|sig|secret)=)[^&\s"']+/gi, '$1…'],
  [/\b((?:x-)?api[-_]?key|authorization)(["']?\s*[:=]\s*["']?)(?:(?:bearer|basic)\s+)?[^\s"',;&}]+/gi, '$1$2…'],
  [/\b(bearer|basic)\s+[\w.~+/=*-]{8,}/gi, '$1 …'],
  [/\b(sk|pk|rk|gsk|xai|key)([-_])[\w*-]{6,}/g, '$1$2…'],
  [/\bAIza[\w-]{20,}/g, 'AIza…'],
]

/** A provider's words, without the keys and passwords some servers repeat in them, and not longer than a message should be. */
export const publicMessage = (text: string): string => {
  let clean = text.slice(0, 4 * lengthAtMost).trim()
  for (const [pattern, replacement] of secrets) clean = clean.replace(pattern, replacement)
  return clean.length > lengthAtMost ? `${clean.slice(0, lengthAtMost)}…` : clean
}
