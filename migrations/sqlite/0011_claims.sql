-- expand: brief jobs that a worker takes together
CREATE TABLE `claims` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`queue` text NOT NULL,
	`worker` text NOT NULL,
	`job_ids` text NOT NULL,
	`claimed_at` integer NOT NULL,
	`lease_expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `claims_by_queue` ON `claims` (`queue`);
