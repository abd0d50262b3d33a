/** What was just done, for a shell. */
export const curlOf = (agent: string, input: string): string => {
  const body = JSON.stringify({ agent, input }).replaceAll("'", "'\\''")
  return [
    `curl -N ${location.origin}/v1/runs/stream \\`,
    `  -H "authorization: Bearer $BUNKHOUSE_KEY" \\`,
    `  -H 'content-type: application/json' \\`,
    `  -d '${body}'`,
  ].join('\n')
}
