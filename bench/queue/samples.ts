const warmUpRestMs = 1

/** Takes samples one at a time, after as many that do not count: code that is still being compiled is slower. */
export async function takeSamples(
  { samples, restMs }: { samples: number; restMs: number },
  take: () => Promise<number>,
): Promise<number[]> {
  const taken: number[] = []
  for (let sample = -samples; sample < samples; sample++) {
    const value = await take()
    if (sample >= 0) taken.push(value)
    await Bun.sleep(sample < -1 ? warmUpRestMs : restMs)
  }
  return taken
}
