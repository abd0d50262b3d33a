-- expand: browsers that have signed in to the console
CREATE TABLE `console_sessions` (
	`digest` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`kind` text NOT NULL,
	`key_digest` text NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `console_sessions_by_end` ON `console_sessions` (`expires_at`);