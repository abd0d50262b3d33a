CREATE TABLE "approvals" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"run_id" text NOT NULL,
	"thread_id" text,
	"agent" text NOT NULL,
	"kind" text NOT NULL,
	"step" integer NOT NULL,
	"tool_call_id" text NOT NULL,
	"tool" text NOT NULL,
	"input" json NOT NULL,
	"message" text NOT NULL,
	"form" json,
	"state" text NOT NULL,
	"decision" json,
	"resolved_by" text,
	"expires_at" timestamp(3) with time zone,
	"on_deadline" text NOT NULL,
	"remind_every_seconds" integer,
	"remind_at" timestamp(3) with time zone,
	"created_at" timestamp(3) with time zone NOT NULL,
	"resolved_at" timestamp(3) with time zone,
	CONSTRAINT "approval_resolved_iff_not_pending" CHECK ((state = 'pending') = (resolved_at is null))
);
--> statement-breakpoint
CREATE TABLE "secrets" (
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"name" text NOT NULL,
	"value" text NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "secrets_tenant_id_name_pk" PRIMARY KEY("tenant_id","name")
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "caller_tools" json;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "output_schema" json;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "tool_calls" json;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "parent_run_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "waiting_since" timestamp(3) with time zone;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "waited_ms" integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX "approvals_by_tenant" ON "approvals" USING btree ("tenant_id","state","id");--> statement-breakpoint
CREATE INDEX "approvals_by_run" ON "approvals" USING btree ("run_id","id");--> statement-breakpoint
CREATE UNIQUE INDEX "approvals_of_calls" ON "approvals" USING btree ("run_id","step") WHERE state = 'pending';