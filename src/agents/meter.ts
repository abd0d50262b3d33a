import type { LanguageModelV4Prompt } from '@ai-sdk/provider'

/** What has to be asked before each model call of a run that budgets limit. */
export interface Meter {
  /**
   * How long the answer may be, in tokens; undefined: nothing is said of that.
   * @throws where the call is not to be made
   */
  beforeCall(prompt: LanguageModelV4Prompt): Promise<number | undefined>
}
