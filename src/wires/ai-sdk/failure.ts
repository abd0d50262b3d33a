import type { AppError } from '../../errors.ts'

/** Whatever is asked below this path is answered as its clients read it: the text of a failure is what they show. */
export const aiSdkPath = '/ai-sdk/'

export const aiSdkFailure = ({ status, message, retryAfterSeconds }: AppError): Response =>
  new Response(message, {
    status,
    headers: {
      'content-type': 'text/plain; charset=utf-8',
      ...(retryAfterSeconds !== undefined && { 'retry-after': String(Math.ceil(retryAfterSeconds)) }),
    },
  })
