-- expand: what agents remember, files, and threads that end
CREATE TABLE "files" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"media_type" text NOT NULL,
	"bytes" integer NOT NULL,
	"content" "bytea" NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone,
	CONSTRAINT "file_has_content" CHECK (bytes > 0)
);
--> statement-breakpoint
CREATE TABLE "store_items" (
	"place" bigserial PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"namespace" text NOT NULL,
	"key" text NOT NULL,
	"value" json NOT NULL,
	"words" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone
);
--> statement-breakpoint
ALTER TABLE "approvals" ADD COLUMN "child_run_id" text;--> statement-breakpoint
ALTER TABLE "threads" ADD COLUMN "summary" text;--> statement-breakpoint
ALTER TABLE "threads" ADD COLUMN "summary_position" integer;--> statement-breakpoint
ALTER TABLE "threads" ADD COLUMN "expires_at" timestamp(3) with time zone;--> statement-breakpoint
CREATE INDEX "files_by_tenant" ON "files" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "files_to_expire" ON "files" USING btree ("expires_at") WHERE expires_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "store_items_by_key" ON "store_items" USING btree ("tenant_id","namespace","key");--> statement-breakpoint
CREATE INDEX "store_items_to_expire" ON "store_items" USING btree ("expires_at") WHERE expires_at is not null;--> statement-breakpoint
CREATE INDEX "threads_to_expire" ON "threads" USING btree ("expires_at") WHERE expires_at is not null;--> statement-breakpoint
CREATE INDEX "store_items_by_words" ON "store_items" USING gin (to_tsvector('simple', "words"));
