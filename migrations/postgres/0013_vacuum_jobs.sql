-- expand: a claim passes by what the indexes keep of jobs that were taken: cleaned up from 2 % of the rows on, not from 20 %
ALTER TABLE "jobs" SET (autovacuum_vacuum_scale_factor = 0.02);
