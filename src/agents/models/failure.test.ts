import { describe, expect, test } from 'bun:test'
import { BrokenAnswer, ErrorEvent, modelFailure } from './failure.ts'
import { UnknownModelError } from './unknown-model.ts'

/** As the SDK throws it; by fields, since errors are told apart by them. */
const apiError = (fields: object): Error =>
  Object.assign(new Error('Bad Request'), { name: 'AI_APICallError', ...fields })

const answered = (statusCode: number, body?: unknown, responseHeaders: Record<string, string> = {}) =>
  modelFailure(
    apiError({
      statusCode,
      responseHeaders,
      isRetryable: false,
      ...(body !== undefined && { responseBody: typeof body === 'string' ? body : JSON.stringify(body) }),
    }),
  )

describe('an HTTP status', () => {
  test.each([408, 409, 429, 500, 502, 503, 504, 529])('%d may go well later', status => {
    expect(answered(status)).toMatchObject({ known: true, retryable: true, status })
  })

  test.each([400, 401, 403, 404, 413, 422])('%d will not', status => {
    expect(answered(status)).toMatchObject({ known: true, retryable: false, status })
  })

  test('is overruled by the provider', () => {
    expect(answered(500, {}, { 'x-should-retry': 'false' }).retryable).toBe(false)
    expect(answered(400, {}, { 'x-should-retry': 'true' }).retryable).toBe(true)
  })

  test('429 will not pass for an account without quota', () => {
    expect(answered(429, { error: { message: 'No money left.', code: 'insufficient_quota' } })).toMatchObject({
      retryable: false,
      message: 'No money left.',
    })
  })

  test('comes with the time to wait', () => {
    expect(answered(429, {}, { 'retry-after': '3' }).retryAfterMs).toBe(3_000)
    expect(answered(503).retryAfterMs).toBeNull()
  })
})

describe('the message', () => {
  test.each([
    [{ error: { message: 'Too long.' } }, 'Too long.'],
    [{ error: 'model not found' }, 'model not found'],
    [{ message: 'No such route.' }, 'No such route.'],
    [{ detail: 'Not allowed.' }, 'Not allowed.'],
    [{ detail: [{ msg: 'field required' }] }, 'field required'],
    [{ error: { message: 'Wrong key sk-abcdefgh12345.' } }, 'Wrong key sk-….'],
    ['<html>Bad gateway</html>', 'Bad Request'],
  ])('of %j is %p', (body, message) => {
    expect(answered(400, body).message).toBe(message)
  })

  test('names the status when nothing else was said', () => {
    expect(modelFailure(apiError({ message: '', statusCode: 502 })).message).toBe(
      'The provider answered with status 502.',
    )
  })
})

describe('an error event in the stream', () => {
  test.each([
    [{ type: 'overloaded_error', message: 'Overloaded', statusCode: 529, isRetryable: true }, true, 529],
    [{ type: 'invalid_request_error', message: 'No', statusCode: 400, isRetryable: false }, false, 400],
    [{ type: 'server_error', message: 'Oops' }, true, null],
    [{ type: 'rate_limit_exceeded', message: 'Slow down' }, true, null],
    [{ message: 'Upstream', code: 502 }, true, 502],
    [{ message: 'Forbidden', code: 403 }, false, 403],
    [{ type: 'invalid_request_error', message: 'No' }, false, null],
    [{ message: 'Too long', code: 'context_length_exceeded' }, false, null],
    [{ type: 'insufficient_quota', message: 'Empty', statusCode: 429, isRetryable: true }, false, 429],
  ])('%j', (event, retryable, status) => {
    expect(modelFailure(new ErrorEvent(event))).toMatchObject({
      known: true,
      retryable,
      status,
      message: event.message,
    })
  })
})

describe('an answer that came to a bad end', () => {
  test('may go well later', () => {
    expect(modelFailure(new BrokenAnswer('The provider sent nothing for 3 s.'))).toEqual({
      known: true,
      retryable: true,
      message: 'The provider sent nothing for 3 s.',
      status: null,
      retryAfterMs: null,
    })
  })

  test('because of the network, tells which way', () => {
    const reset = Object.assign(new TypeError('closed'), { code: 'ECONNRESET' })
    expect(modelFailure(apiError({ isRetryable: true, cause: reset })).message).toContain('closed the connection')
    expect(modelFailure(apiError({ statusCode: 200, cause: reset }))).toMatchObject({ retryable: true, status: null })
    const certificate = Object.assign(new TypeError('self signed'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(modelFailure(certificate).message).toBe('The provider could not be reached (DEPTH_ZERO_SELF_SIGNED_CERT).')
  })

  test('tells what an event in an unknown shape says', () => {
    const error = Object.assign(new Error('Type validation failed'), {
      name: 'AI_TypeValidationError',
      value: { error: 'out of memory' },
    })
    expect(modelFailure(error)).toMatchObject({ retryable: true, message: 'out of memory' })
  })
})

describe('a mistake', () => {
  test('stays one', () => {
    expect(modelFailure(new UnknownModelError('a/b', 'Set A_API_KEY to use a/b.'))).toMatchObject({
      known: true,
      retryable: false,
      message: 'Set A_API_KEY to use a/b.',
    })
    const unsupported = Object.assign(new Error('No files.'), { name: 'AI_UnsupportedFunctionalityError' })
    expect(modelFailure(unsupported)).toMatchObject({ retryable: false, message: 'No files.' })
  })

  test('nobody foresaw says nothing of its cause', () => {
    const failures = [new Error('secret'), Object.assign(new Error('secret'), { code: 'SQLITE_FULL' }), 'secret', null]
    for (const failure of failures.map(error => modelFailure(error))) {
      expect(failure).toMatchObject({ known: false, retryable: true })
      expect(failure.message).not.toContain('secret')
    }
  })
})
