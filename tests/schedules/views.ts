import type { nextToWire, tickToWire } from '../../src/schedules/tick/wire.ts'
import type { occurrenceToWire, previewToWire, scheduleToWire } from '../../src/schedules/wire.ts'

export type ScheduleView = ReturnType<typeof scheduleToWire>
export type OccurrenceView = ReturnType<typeof occurrenceToWire>
export type PreviewView = ReturnType<typeof previewToWire>
export type NextView = ReturnType<typeof nextToWire>
export type TickView = ReturnType<typeof tickToWire>
