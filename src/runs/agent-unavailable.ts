/** This process cannot load the agent the run is pinned to. */
export class AgentUnavailable extends Error {
  override readonly name = 'AgentUnavailable'
}
