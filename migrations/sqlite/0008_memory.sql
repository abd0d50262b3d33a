-- expand: what agents remember, files, and threads that end
CREATE TABLE `files` (
	`id` text PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`name` text NOT NULL,
	`media_type` text NOT NULL,
	`bytes` integer NOT NULL,
	`content` blob NOT NULL,
	`created_at` integer NOT NULL,
	`expires_at` integer,
	CONSTRAINT "file_has_content" CHECK(bytes > 0)
);
--> statement-breakpoint
CREATE INDEX `files_by_tenant` ON `files` (`tenant_id`,`id`);--> statement-breakpoint
CREATE INDEX `files_to_expire` ON `files` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
CREATE TABLE `store_items` (
	`place` integer PRIMARY KEY NOT NULL,
	`tenant_id` text DEFAULT 'default' NOT NULL,
	`namespace` text NOT NULL,
	`key` text NOT NULL,
	`value` text NOT NULL,
	`words` text NOT NULL,
	`created_at` integer NOT NULL,
	`updated_at` integer NOT NULL,
	`expires_at` integer
);
--> statement-breakpoint
CREATE UNIQUE INDEX `store_items_by_key` ON `store_items` (`tenant_id`,`namespace`,`key`);--> statement-breakpoint
CREATE INDEX `store_items_to_expire` ON `store_items` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
ALTER TABLE `approvals` ADD `child_run_id` text;--> statement-breakpoint
ALTER TABLE `threads` ADD `summary` text;--> statement-breakpoint
ALTER TABLE `threads` ADD `summary_position` integer;--> statement-breakpoint
ALTER TABLE `threads` ADD `expires_at` integer;--> statement-breakpoint
CREATE INDEX `threads_to_expire` ON `threads` (`expires_at`) WHERE expires_at is not null;--> statement-breakpoint
CREATE VIRTUAL TABLE `store_words` USING fts5(`words`, content='store_items', content_rowid='place', tokenize='unicode61 remove_diacritics 0');--> statement-breakpoint
CREATE TRIGGER `store_items_added` AFTER INSERT ON `store_items` BEGIN
	INSERT INTO `store_words` (rowid, words) VALUES (new.place, new.words);
END;--> statement-breakpoint
CREATE TRIGGER `store_items_gone` AFTER DELETE ON `store_items` BEGIN
	INSERT INTO `store_words` (`store_words`, rowid, words) VALUES ('delete', old.place, old.words);
END;--> statement-breakpoint
CREATE TRIGGER `store_items_changed` AFTER UPDATE OF `words` ON `store_items` BEGIN
	INSERT INTO `store_words` (`store_words`, rowid, words) VALUES ('delete', old.place, old.words);
	INSERT INTO `store_words` (rowid, words) VALUES (new.place, new.words);
END;
