/** Of all examples: `provider/model`. The provider's key is its own variable, such as OPENAI_API_KEY. */
export const model = process.env.EXAMPLE_MODEL ?? 'openai/gpt-5-mini'
