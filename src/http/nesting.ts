/**
 * Whether JSON text is nested more than `limit` levels deep. Looked at before it is parsed: whatever walks through a
 * value afterwards costs time, and a stack frame, for each level.
 */
export function isNestedDeeper(text: string, limit: number): boolean {
  // Nearly always there are too few brackets for that.
  if (!hasMoreOpeners(text, limit)) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case quote:
        at = endOfText(text, at)
        break
      case openBracket:
      case openBrace:
        if (++depth > limit) return true
        break
      case closeBracket:
      case closeBrace:
        depth--
    }
  }
  return false
}

const quote = 0x22
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

const opener = /[[{]/g

function hasMoreOpeners(text: string, limit: number): boolean {
  opener.lastIndex = 0
  for (let count = 0; count <= limit; count++) if (!opener.test(text)) return false
  return true
}

/** Where the text that begins at `start` ends: what is within quotes opens and closes nothing. */
function endOfText(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0
    while (text.charCodeAt(end - 1 - escapes) === backslash) escapes++
    if (escapes % 2 === 0) return end
  }
  return text.length
}
