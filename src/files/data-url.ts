const pattern = /^data:([^;,]+)(?:;[^;,]+)*;base64,([A-Za-z0-9+/]*={0,2})$/

/** What is in a `data:` URL in base64; null: it is none. */
export function fileOfDataUrl(url: string): { media_type: string; data: string } | null {
  const [, media_type, data] = pattern.exec(url) ?? []
  return media_type === undefined || data === undefined ? null : { media_type, data }
}
