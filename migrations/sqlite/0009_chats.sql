-- expand: conversations that clients keep themselves
ALTER TABLE `runs` ADD `chat` text;--> statement-breakpoint
CREATE INDEX `runs_by_chat` ON `runs` (`tenant_id`,`chat`,`id`) WHERE chat is not null;