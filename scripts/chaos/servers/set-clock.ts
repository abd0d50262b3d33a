// Loaded before the service: its clock is off by the milliseconds that a file says, which is read again on SIGUSR2.
import { readFileSync } from 'node:fs'

const file = process.env.CHAOS_CLOCK ?? ''
const trueNow = Date.now
let aheadMs = 0

function read(): void {
  try {
    aheadMs = Number(readFileSync(file, 'utf8'))
  } catch {
    // Nobody has set it yet.
  }
}

read()
process.on('SIGUSR2', read)
Date.now = () => trueNow() + aheadMs
