/** How much of everything. */
export interface Sizes {
  rounds: number
  jobs: number
  batch: number
  warmUp: number
  /** Jobs that are sent one at a time, in so many rounds. */
  samples: { rounds: number; perRound: number }
  /** So many jobs of the small tenant in each round. */
  fairness: { rounds: number; backlog: number; jobs: number; perSecond: number }
  oldSnapshot: { jobs: number; singles: number }
  /** Rows of each sort in the big tables, and how many jobs are then worked off in a round. */
  bigTable: { rows: number; jobs: number }
  idleSeconds: number
  steady: { perSecond: number; minutes: number }
}

export const fullSizes: Sizes = {
  rounds: 5,
  jobs: 20_000,
  batch: 1_000,
  warmUp: 20_000,
  samples: { rounds: 4, perRound: 100 },
  fairness: { rounds: 6, backlog: 10_000, jobs: 200, perSecond: 50 },
  oldSnapshot: { jobs: 40_000, singles: 200 },
  bigTable: { rows: 1_000_000, jobs: 10_000 },
  idleSeconds: 10,
  steady: { perSecond: 1_000, minutes: 1 },
}

/** To see that everything runs; the figures say nothing. */
export const quickSizes: Sizes = {
  rounds: 1,
  jobs: 1_000,
  batch: 500,
  warmUp: 200,
  samples: { rounds: 2, perRound: 5 },
  fairness: { rounds: 2, backlog: 500, jobs: 20, perSecond: 50 },
  oldSnapshot: { jobs: 1_000, singles: 10 },
  bigTable: { rows: 5_000, jobs: 1_000 },
  idleSeconds: 1,
  steady: { perSecond: 200, minutes: 0.05 },
}
