CREATE TABLE `budget_reservations` (
	`run_id` text NOT NULL,
	`budget_id` text NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`period` text NOT NULL,
	`tokens` real NOT NULL,
	`cost_usd` real NOT NULL,
	`created_at` integer NOT NULL,
	PRIMARY KEY(`run_id`, `budget_id`)
);
--> statement-breakpoint
CREATE TABLE `budget_spending` (
	`budget_id` text NOT NULL,
	`period` text NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`tokens` real NOT NULL,
	`cost_usd` real NOT NULL,
	`steps` real NOT NULL,
	`seconds` real NOT NULL,
	`reserved_tokens` real NOT NULL,
	`reserved_cost_usd` real NOT NULL,
	`reserved_steps` real NOT NULL,
	`warned_at` integer,
	`exceeded_at` integer,
	PRIMARY KEY(`budget_id`, `period`)
);
--> statement-breakpoint
CREATE TABLE `budgets` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`scope` text NOT NULL,
	`subject` text,
	`period` text NOT NULL,
	`timezone` text NOT NULL,
	`max_tokens` real,
	`max_cost_usd` real,
	`max_steps` real,
	`max_seconds` real,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	CONSTRAINT "budget_has_a_subject" CHECK((scope = 'tenant') = (subject is null))
);
--> statement-breakpoint
CREATE INDEX `budgets_by_tenant` ON `budgets` (`tenant_id`,`id`);--> statement-breakpoint
CREATE TABLE `usage_days` (
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`day` text NOT NULL,
	`agent` text NOT NULL,
	`model` text NOT NULL,
	`key_id` text NOT NULL,
	`runs` integer NOT NULL,
	`failed_runs` integer NOT NULL,
	`calls` integer NOT NULL,
	`unpriced_calls` integer NOT NULL,
	`input_tokens` real NOT NULL,
	`output_tokens` real NOT NULL,
	`cost_usd` real NOT NULL,
	PRIMARY KEY(`tenant_id`, `day`, `agent`, `model`, `key_id`)
);
--> statement-breakpoint
CREATE TABLE `usage_entries` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`day` text NOT NULL,
	`agent` text NOT NULL,
	`model` text NOT NULL,
	`key_id` text NOT NULL,
	`runs` integer NOT NULL,
	`failed_runs` integer NOT NULL,
	`calls` integer NOT NULL,
	`unpriced_calls` integer NOT NULL,
	`input_tokens` real NOT NULL,
	`output_tokens` real NOT NULL,
	`cost_usd` real NOT NULL
);
--> statement-breakpoint
CREATE INDEX `usage_entries_by_day` ON `usage_entries` (`tenant_id`,`day`);--> statement-breakpoint
ALTER TABLE `runs` ADD `key_id` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `schedule_id` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `budget` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `settings` text;