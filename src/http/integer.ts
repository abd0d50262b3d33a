import { type IntegerOptions, Type } from '@sinclair/typebox'

/**
 * A whole number of a body or an answer. Elysia's own, which also takes digits as a text, is for queries: there all is
 * text, while in a body a text is the wrong type.
 */
export const integer = (options: IntegerOptions = {}) => Type.Integer(options)
