CREATE TABLE `approvals` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`run_id` text NOT NULL,
	`thread_id` text,
	`agent` text NOT NULL,
	`kind` text NOT NULL,
	`step` integer NOT NULL,
	`tool_call_id` text NOT NULL,
	`tool` text NOT NULL,
	`input` text NOT NULL,
	`message` text NOT NULL,
	`form` text,
	`state` text NOT NULL,
	`decision` text,
	`resolved_by` text,
	`expires_at` integer,
	`on_deadline` text NOT NULL,
	`remind_every_seconds` integer,
	`remind_at` integer,
	`created_at` integer NOT NULL,
	`resolved_at` integer,
	CONSTRAINT "approval_resolved_iff_not_pending" CHECK((state = 'pending') = (resolved_at is null))
);
--> statement-breakpoint
CREATE INDEX `approvals_by_tenant` ON `approvals` (`tenant_id`,`state`,`id`);--> statement-breakpoint
CREATE INDEX `approvals_by_run` ON `approvals` (`run_id`,`id`);--> statement-breakpoint
CREATE UNIQUE INDEX `approvals_of_calls` ON `approvals` (`run_id`,`step`) WHERE state = 'pending';--> statement-breakpoint
CREATE TABLE `secrets` (
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`name` text NOT NULL,
	`value` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	PRIMARY KEY(`tenant_id`, `name`)
);
--> statement-breakpoint
ALTER TABLE `runs` ADD `caller_tools` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `output_schema` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `tool_calls` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `parent_run_id` text;--> statement-breakpoint
ALTER TABLE `runs` ADD `waiting_since` integer;--> statement-breakpoint
ALTER TABLE `runs` ADD `waited_ms` integer DEFAULT 0 NOT NULL;