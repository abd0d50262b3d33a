import type { Json } from '../json.ts'

/** Words of one item, or of one search. The rest is not looked at. */
const mostWords = 4_000

// Also where a language puts no spaces between its words.
const segmenter = new Intl.Segmenter(undefined, { granularity: 'word' })

/** The words of a text as both engines' indexes have them: letters and digits alone, in lower case, without accents. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const { segment, isWordLike } of segmenter.segment(text.normalize('NFKD').replaceAll(/[\u0300-\u036f]/g, ''))) {
    if (isWordLike)
      words.push(
        ...(segment
          .toLowerCase()
          .normalize('NFC')
          .match(/[\p{L}\p{N}\p{M}]+/gu) ?? []),
      )
    if (words.length >= mostWords) return words.slice(0, mostWords)
  }
  return words
}

/** What can be read in a JSON value: its texts and numbers, without the names of fields. */
export function readableText(value: Json): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (typeof value !== 'object' || value === null) return ''
  return (Array.isArray(value) ? value : Object.values(value)).map(readableText).filter(Boolean).join('\n')
}
