const textField = ',"text":"'

/**
 * The text of a delta, the inside of a JSON string, from how it is stored: `{"step":1,"text":"…"}`.
 * @throws Error for whatever is no delta
 */
export function storedText(data: string): string {
  const at = data.indexOf(textField)
  if (at === -1 || !data.endsWith('"}')) throw new Error(`No delta is stored as ${data.slice(0, 100)}.`)
  return data.slice(at + textField.length, -2)
}
