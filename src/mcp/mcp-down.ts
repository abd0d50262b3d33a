/** A server cannot be reached, or says nothing that can be used. */
export class McpDown extends Error {
  override readonly name = 'McpDown'
}
