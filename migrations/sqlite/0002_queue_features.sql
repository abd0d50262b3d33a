CREATE TABLE `blocked_order_keys` (
	`order_key` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`queue` text NOT NULL,
	`job_id` text NOT NULL,
	`blocked_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `blocked_order_keys_by_queue` ON `blocked_order_keys` (`queue`,`order_key`);--> statement-breakpoint
CREATE TABLE `job_dependencies` (
	`job_id` text NOT NULL,
	`depends_on` text NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	PRIMARY KEY(`job_id`, `depends_on`)
);
--> statement-breakpoint
CREATE INDEX `job_dependencies_by_dependency` ON `job_dependencies` (`depends_on`,`job_id`);--> statement-breakpoint
CREATE TABLE `job_logs` (
	`job_id` text NOT NULL,
	`attempt` integer NOT NULL,
	`line` integer NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`message` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`job_id`, `attempt`, `line`)
);
--> statement-breakpoint
CREATE TABLE `queues` (
	`name` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`paused_at` integer,
	`concurrency` integer,
	`key_concurrency` integer,
	`rate_limit` integer,
	`rate_period_ms` integer,
	`key_rate_limit` integer,
	`key_rate_period_ms` integer,
	`depth_limit` integer,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE TABLE `rate_buckets` (
	`queue` text NOT NULL,
	`key` text NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`tokens` real NOT NULL,
	`refilled_at` integer NOT NULL,
	`paused_until` integer,
	PRIMARY KEY(`queue`, `key`)
);
--> statement-breakpoint
DROP INDEX `jobs_to_claim`;--> statement-breakpoint
ALTER TABLE `jobs` ADD `order_blocks` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `limit_key` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `unique_key` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `unique_states` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `unique_until` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `timeout_ms` integer;--> statement-breakpoint
ALTER TABLE `jobs` ADD `waits_for` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `runs_after_failure` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `has_dependents` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `jobs` ADD `progress` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `result` text;--> statement-breakpoint
ALTER TABLE `jobs` ADD `redrives` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX `jobs_waiting` ON `jobs` (`queue`,`id`) WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX `jobs_discarded` ON `jobs` (`queue`,`id`) WHERE state = 'discarded';--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_unique` ON `jobs` (`unique_key`) WHERE unique_key is not null and (unique_states & case state when 'waiting' then 1 when 'scheduled' then 2 when 'available' then 4 when 'running' then 8 when 'completed' then 16 when 'cancelled' then 32 when 'discarded' then 64 else 0 end) <> 0;--> statement-breakpoint
CREATE INDEX `jobs_to_claim` ON `jobs` (`queue`,`tenant_id`,`priority`,`run_at`,`id`) WHERE state = 'available';