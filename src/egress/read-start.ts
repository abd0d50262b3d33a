export interface AnswerStart {
  text: string
  /** There was more. */
  isCut: boolean
  /** What ended it before its end; undefined: nothing did. */
  fault: unknown
}

/** Reads the body of an answer up to a limit, and no more of it. What came before a fault is there. */
export async function readStart(response: Response, limitBytes: number): Promise<AnswerStart> {
  const chunks: Uint8Array[] = []
  let size = 0
  let fault: unknown
  const reader = response.body?.getReader()
  try {
    while (reader && size <= limitBytes) {
      const { done, value } = await reader.read()
      if (done) break
      chunks.push(value)
      size += value.byteLength
    }
  } catch (error) {
    fault = error
  } finally {
    await reader?.cancel().catch(() => {})
  }
  const text = new TextDecoder().decode(Buffer.concat(chunks).subarray(0, limitBytes))
  return { text, isCut: size > limitBytes, fault }
}
