CREATE TABLE "agent_versions" (
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"version" integer NOT NULL,
	"digest" text NOT NULL,
	"definition" json NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "agent_versions_tenant_id_name_version_pk" PRIMARY KEY("tenant_id","name","version")
);
--> statement-breakpoint
CREATE TABLE "agents" (
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"source" text NOT NULL,
	"version" integer NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	"archived_at" timestamp(3) with time zone,
	CONSTRAINT "agents_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
CREATE TABLE "api_keys" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"digest" text NOT NULL,
	"prefix" text NOT NULL,
	"scopes" json NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"expires_at" timestamp(3) with time zone,
	"revoked_at" timestamp(3) with time zone
);
--> statement-breakpoint
CREATE TABLE "idempotency_keys" (
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"key" text NOT NULL,
	"request_digest" text NOT NULL,
	"run_id" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "idempotency_keys_tenant_id_key_pk" PRIMARY KEY("tenant_id","key")
);
--> statement-breakpoint
CREATE TABLE "jobs" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"queue" text NOT NULL,
	"kind" text NOT NULL,
	"payload" json NOT NULL,
	"state" text NOT NULL,
	"priority" integer NOT NULL,
	"run_at" timestamp(3) with time zone NOT NULL,
	"attempt" integer NOT NULL,
	"max_attempts" integer NOT NULL,
	"lease_expires_at" timestamp(3) with time zone,
	"worker" text,
	"order_key" text,
	"order_position" integer,
	"cancel_requested_at" timestamp(3) with time zone,
	"errors" json NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"started_at" timestamp(3) with time zone,
	"finished_at" timestamp(3) with time zone,
	CONSTRAINT "job_leased_iff_running" CHECK ((state = 'running') = (lease_expires_at is not null)),
	CONSTRAINT "job_finished_iff_final" CHECK ((state in ('completed', 'cancelled', 'discarded')) = (finished_at is not null))
);
--> statement-breakpoint
CREATE TABLE "messages" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"thread_id" text NOT NULL,
	"position" integer NOT NULL,
	"run_id" text,
	"role" text NOT NULL,
	"content" json NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "run_events" (
	"run_id" text NOT NULL,
	"seq" integer NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"type" text NOT NULL,
	"data" json NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "run_events_run_id_seq_pk" PRIMARY KEY("run_id","seq")
);
--> statement-breakpoint
CREATE TABLE "runs" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"agent" text NOT NULL,
	"agent_version" integer NOT NULL,
	"thread_id" text,
	"job_id" text NOT NULL,
	"status" text NOT NULL,
	"input" json NOT NULL,
	"output" json,
	"error" json,
	"input_tokens" integer NOT NULL,
	"output_tokens" integer NOT NULL,
	"cost_usd" double precision,
	"attempt" integer NOT NULL,
	"max_attempts" integer NOT NULL,
	"timeout_seconds" integer,
	"metadata" json NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"started_at" timestamp(3) with time zone,
	"finished_at" timestamp(3) with time zone,
	CONSTRAINT "run_finished_iff_final" CHECK ((status in ('completed', 'failed', 'cancelled')) = (finished_at is not null))
);
--> statement-breakpoint
CREATE TABLE "threads" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"metadata" json NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX "api_keys_by_digest" ON "api_keys" USING btree ("digest");--> statement-breakpoint
CREATE INDEX "idempotency_keys_to_prune" ON "idempotency_keys" USING btree ("created_at");--> statement-breakpoint
CREATE INDEX "jobs_to_claim" ON "jobs" USING btree ("queue","priority","run_at","id") WHERE state = 'available';--> statement-breakpoint
CREATE INDEX "jobs_to_promote" ON "jobs" USING btree ("queue","run_at") WHERE state = 'scheduled';--> statement-breakpoint
CREATE INDEX "jobs_to_rescue" ON "jobs" USING btree ("lease_expires_at") WHERE state = 'running';--> statement-breakpoint
CREATE INDEX "jobs_to_prune" ON "jobs" USING btree ("finished_at") WHERE finished_at is not null;--> statement-breakpoint
CREATE UNIQUE INDEX "jobs_in_order" ON "jobs" USING btree ("order_key","order_position") WHERE order_key is not null and finished_at is null;--> statement-breakpoint
CREATE UNIQUE INDEX "messages_in_order" ON "messages" USING btree ("thread_id","position");--> statement-breakpoint
CREATE INDEX "runs_by_tenant" ON "runs" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "runs_by_status" ON "runs" USING btree ("tenant_id","status","id");--> statement-breakpoint
CREATE INDEX "runs_by_agent" ON "runs" USING btree ("tenant_id","agent","id");--> statement-breakpoint
CREATE INDEX "runs_by_thread" ON "runs" USING btree ("thread_id","id") WHERE thread_id is not null;--> statement-breakpoint
CREATE INDEX "threads_by_tenant" ON "threads" USING btree ("tenant_id","id");