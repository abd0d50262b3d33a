CREATE TABLE "blocked_order_keys" (
	"order_key" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"queue" text NOT NULL,
	"job_id" text NOT NULL,
	"blocked_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "job_dependencies" (
	"job_id" text NOT NULL,
	"depends_on" text NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	CONSTRAINT "job_dependencies_job_id_depends_on_pk" PRIMARY KEY("job_id","depends_on")
);
--> statement-breakpoint
CREATE TABLE "job_logs" (
	"job_id" text NOT NULL,
	"attempt" integer NOT NULL,
	"line" integer NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"message" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "job_logs_job_id_attempt_line_pk" PRIMARY KEY("job_id","attempt","line")
);
--> statement-breakpoint
CREATE TABLE "queues" (
	"name" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"paused_at" timestamp(3) with time zone,
	"concurrency" integer,
	"key_concurrency" integer,
	"rate_limit" integer,
	"rate_period_ms" integer,
	"key_rate_limit" integer,
	"key_rate_period_ms" integer,
	"depth_limit" integer,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "rate_buckets" (
	"queue" text NOT NULL,
	"key" text NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"tokens" double precision NOT NULL,
	"refilled_at" timestamp(3) with time zone NOT NULL,
	"paused_until" timestamp(3) with time zone,
	CONSTRAINT "rate_buckets_queue_key_pk" PRIMARY KEY("queue","key")
);
--> statement-breakpoint
DROP INDEX "jobs_to_claim";--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "order_blocks" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "limit_key" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "unique_key" text;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "unique_states" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "unique_until" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "timeout_ms" integer;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "waits_for" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "runs_after_failure" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "has_dependents" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "progress" json;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "result" json;--> statement-breakpoint
ALTER TABLE "jobs" ADD COLUMN "redrives" json DEFAULT '[]' NOT NULL;--> statement-breakpoint
CREATE INDEX "blocked_order_keys_by_queue" ON "blocked_order_keys" USING btree ("queue","order_key");--> statement-breakpoint
CREATE INDEX "job_dependencies_by_dependency" ON "job_dependencies" USING btree ("depends_on","job_id");--> statement-breakpoint
CREATE INDEX "jobs_waiting" ON "jobs" USING btree ("queue","id") WHERE state = 'waiting';--> statement-breakpoint
CREATE INDEX "jobs_discarded" ON "jobs" USING btree ("queue","id") WHERE state = 'discarded';--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_unique" ON "jobs" USING btree ("unique_key") WHERE unique_key is not null and (unique_states & case state when 'waiting' then 1 when 'scheduled' then 2 when 'available' then 4 when 'running' then 8 when 'completed' then 16 when 'cancelled' then 32 when 'discarded' then 64 else 0 end) <> 0;--> statement-breakpoint
CREATE INDEX "jobs_to_claim" ON "jobs" USING btree ("queue","tenant_id","priority","run_at","id") WHERE state = 'available';