import { newId } from '../runtime/id.ts'

const wellFormed = /^[\w.:+/=-]{1,128}$/

/**
 * Tells the id of a request: its own `x-request-id`, else one that no other request has. That is the process's random
 * start and a number in an order that says nothing of how many there were: every request pays for it, and it need not sort.
 */
export function requestIds(): (request: Request) => string {
  const start = newId('req').slice(0, -8)
  let made = 0
  return request => {
    const given = request.headers.get('x-request-id')
    if (given !== null && wellFormed.test(given)) return given
    // Odd, so that no two of 2³² are the same.
    const number = Math.imul(++made, 0x9e3779b1) >>> 0
    return start + number.toString(16).padStart(8, '0')
  }
}
