/** Which tool a model is to call: as it likes, none, any, or this one. The last two hold until a tool of the run has ended. */
export type ToolChoice = 'auto' | 'none' | 'required' | { tool: string }

/** What a model is told besides its prompt; what is left out is as its provider has it. */
export interface ModelSettings {
  temperature?: number | undefined
  topP?: number | undefined
  maxOutputTokens?: number | undefined
  /** Texts at which an answer ends. */
  stop?: readonly string[] | undefined
  toolChoice?: ToolChoice | undefined
}
