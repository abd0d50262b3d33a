CREATE TABLE `occurrences` (
	`schedule_id` text NOT NULL,
	`fire_at` integer NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`origin` text NOT NULL,
	`outcome` text NOT NULL,
	`detail` text,
	`run_id` text,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`schedule_id`, `fire_at`),
	CONSTRAINT "occurrence_run_iff_fired" CHECK((outcome = 'fired') = (run_id is not null))
);
--> statement-breakpoint
CREATE INDEX `occurrences_with_run` ON `occurrences` (`schedule_id`,`fire_at`) WHERE run_id is not null;--> statement-breakpoint
CREATE TABLE `schedules` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`name` text,
	`source` text NOT NULL,
	`file_key` text,
	`digest` text,
	`agent` text NOT NULL,
	`input` text NOT NULL,
	`thread_id` text,
	`metadata` text NOT NULL,
	`max_attempts` integer NOT NULL,
	`timeout_seconds` integer,
	`cron` text,
	`at` integer,
	`timezone` text NOT NULL,
	`start_at` integer,
	`end_at` integer,
	`anchor_at` integer NOT NULL,
	`jitter_seconds` integer NOT NULL,
	`catch_up` text NOT NULL,
	`catch_up_limit` integer NOT NULL,
	`catch_up_max_age_seconds` integer,
	`overlap` text NOT NULL,
	`next_fire_at` integer,
	`next_due_at` integer,
	`last_fire_at` integer,
	`paused_at` integer,
	`removed_at` integer,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	CONSTRAINT "schedule_cron_or_at" CHECK((cron is null) <> (at is null)),
	CONSTRAINT "schedule_due_iff_next" CHECK((next_fire_at is null) = (next_due_at is null)),
	CONSTRAINT "schedule_next_only_if_live" CHECK(next_fire_at is null or (paused_at is null and removed_at is null))
);
--> statement-breakpoint
CREATE INDEX `schedules_by_tenant` ON `schedules` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `schedules_by_agent` ON `schedules` (`tenant_id`,`agent`,`id`);--> statement-breakpoint
CREATE INDEX `schedules_due` ON `schedules` (`next_due_at`) WHERE next_due_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `schedules_by_file_key` ON `schedules` (`tenant_id`,`file_key`) WHERE file_key is not null;