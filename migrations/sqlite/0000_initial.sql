CREATE TABLE `agent_versions` (
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`name` text NOT NULL,
	`version` integer NOT NULL,
	`digest` text NOT NULL,
	`definition` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `name`, `version`)
);
--> statement-breakpoint
CREATE TABLE `agents` (
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`name` text NOT NULL,
	`source` text NOT NULL,
	`version` integer NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`archived_at` integer,
	PRIMARY KEY(`tenant_id`, `name`)
);
--> statement-breakpoint
CREATE TABLE `api_keys` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`name` text NOT NULL,
	`digest` text NOT NULL,
	`prefix` text NOT NULL,
	`scopes` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	`revoked_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `api_keys_by_digest` ON `api_keys` (`digest`);--> statement-breakpoint
CREATE TABLE `idempotency_keys` (
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`key` text NOT NULL,
	`request_digest` text NOT NULL,
	`run_id` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `key`)
);
--> statement-breakpoint
CREATE INDEX `idempotency_keys_to_prune` ON `idempotency_keys` (`created_at`);--> statement-breakpoint
CREATE TABLE `jobs` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`queue` text NOT NULL,
	`kind` text NOT NULL,
	`payload` text NOT NULL,
	`state` text NOT NULL,
	`priority` integer NOT NULL,
	`run_at` integer NOT NULL,
	`attempt` integer NOT NULL,
	`max_attempts` integer NOT NULL,
	`lease_expires_at` integer,
	`worker` text,
	`order_key` text,
	`order_position` integer,
	`cancel_requested_at` integer,
	`errors` text NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	CONSTRAINT "job_leased_iff_running" CHECK((state = 'running') = (lease_expires_at is not null)),
	CONSTRAINT "job_finished_iff_final" CHECK((state in ('completed', 'cancelled', 'discarded')) = (finished_at is not null))
);
--> statement-breakpoint
CREATE INDEX `jobs_to_claim` ON `jobs` (`queue`,`priority`,`run_at`,`id`) WHERE state = 'available';--> statement-breakpoint
CREATE INDEX `jobs_to_promote` ON `jobs` (`queue`,`run_at`) WHERE state = 'scheduled';--> statement-breakpoint
CREATE INDEX `jobs_to_rescue` ON `jobs` (`lease_expires_at`) WHERE state = 'running';--> statement-breakpoint
CREATE INDEX `jobs_to_prune` ON `jobs` (`finished_at`) WHERE finished_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX `jobs_in_order` ON `jobs` (`order_key`,`order_position`) WHERE order_key is not null and finished_at is null;--> statement-breakpoint
CREATE TABLE `messages` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`thread_id` text NOT NULL,
	`position` integer NOT NULL,
	`run_id` text,
	`role` text NOT NULL,
	`content` text NOT NULL,
	`created_at` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `messages_in_order` ON `messages` (`thread_id`,`position`);--> statement-breakpoint
CREATE TABLE `run_events` (
	`run_id` text NOT NULL,
	`seq` integer NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`type` text NOT NULL,
	`data` text NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `seq`)
);
--> statement-breakpoint
CREATE TABLE `runs` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`agent` text NOT NULL,
	`agent_version` integer NOT NULL,
	`thread_id` text,
	`job_id` text NOT NULL,
	`status` text NOT NULL,
	`input` text NOT NULL,
	`output` text,
	`error` text,
	`input_tokens` integer NOT NULL,
	`output_tokens` integer NOT NULL,
	`cost_usd` real,
	`attempt` integer NOT NULL,
	`max_attempts` integer NOT NULL,
	`timeout_seconds` integer,
	`metadata` text NOT NULL,
	`created_at` integer NOT NULL,
	`started_at` integer,
	`finished_at` integer,
	CONSTRAINT "run_finished_iff_final" CHECK((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null))
);
--> statement-breakpoint
CREATE INDEX `runs_by_tenant` ON `runs` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `runs_by_status` ON `runs` (`tenant_id`,`status`,`id`);--> statement-breakpoint
CREATE INDEX `runs_by_agent` ON `runs` (`tenant_id`,`agent`,`id`);--> statement-breakpoint
CREATE INDEX `runs_by_thread` ON `runs` (`thread_id`,`id`) WHERE thread_id is not null;--> statement-breakpoint
CREATE TABLE `threads` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`metadata` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `threads_by_tenant` ON `threads` (`tenant_id`,`id`);