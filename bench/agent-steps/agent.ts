/** The same for every entrant. */
export const instructions = 'Call the tool three times, then answer.'
export const toolDescription = 'Does nothing.'
export const toolCalls = 3
