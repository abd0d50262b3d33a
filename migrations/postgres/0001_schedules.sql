CREATE TABLE "occurrences" (
	"schedule_id" text NOT NULL,
	"fire_at" timestamp(3) with time zone NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"origin" text NOT NULL,
	"outcome" text NOT NULL,
	"detail" text,
	"run_id" text,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "occurrences_schedule_id_fire_at_pk" PRIMARY KEY("schedule_id","fire_at"),
	CONSTRAINT "occurrence_run_iff_fired" CHECK ((outcome = 'fired') = (run_id is not null))
);
--> statement-breakpoint
CREATE TABLE "schedules" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"name" text,
	"source" text NOT NULL,
	"file_key" text,
	"digest" text,
	"agent" text NOT NULL,
	"input" json NOT NULL,
	"thread_id" text,
	"metadata" json NOT NULL,
	"max_attempts" integer NOT NULL,
	"timeout_seconds" integer,
	"cron" text,
	"at" timestamp(3) with time zone,
	"timezone" text NOT NULL,
	"start_at" timestamp(3) with time zone,
	"end_at" timestamp(3) with time zone,
	"anchor_at" timestamp(3) with time zone NOT NULL,
	"jitter_seconds" integer NOT NULL,
	"catch_up" text NOT NULL,
	"catch_up_limit" integer NOT NULL,
	"catch_up_max_age_seconds" integer,
	"overlap" text NOT NULL,
	"next_fire_at" timestamp(3) with time zone,
	"next_due_at" timestamp(3) with time zone,
	"last_fire_at" timestamp(3) with time zone,
	"paused_at" timestamp(3) with time zone,
	"removed_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "schedule_cron_or_at" CHECK ((cron is null) <> (at is null)),
	CONSTRAINT "schedule_due_iff_next" CHECK ((next_fire_at is null) = (next_due_at is null)),
	CONSTRAINT "schedule_next_only_if_live" CHECK (next_fire_at is null or (paused_at is null and removed_at is null))
);
--> statement-breakpoint
CREATE INDEX "occurrences_with_run" ON "occurrences" USING btree ("schedule_id","fire_at") WHERE run_id is not null;--> statement-breakpoint
CREATE INDEX "schedules_by_tenant" ON "schedules" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "schedules_by_agent" ON "schedules" USING btree ("tenant_id","agent","id");--> statement-breakpoint
CREATE INDEX "schedules_due" ON "schedules" USING btree ("next_due_at") WHERE next_due_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "schedules_by_file_key" ON "schedules" USING btree ("tenant_id","file_key") WHERE file_key is not null;