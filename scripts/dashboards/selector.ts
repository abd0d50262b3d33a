/** A metric with what chooses its series, such as `up{job="bunkhouse"}`. */
export type Selector = `${string}{${string}}`
