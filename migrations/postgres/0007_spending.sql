CREATE TABLE "budget_reservations" (
	"run_id" text NOT NULL,
	"budget_id" text NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"period" text NOT NULL,
	"tokens" double precision NOT NULL,
	"cost_usd" double precision NOT NULL,
	"created_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "budget_reservations_run_id_budget_id_pk" PRIMARY KEY("run_id","budget_id")
);
--> statement-breakpoint
CREATE TABLE "budget_spending" (
	"budget_id" text NOT NULL,
	"period" text NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"tokens" double precision NOT NULL,
	"cost_usd" double precision NOT NULL,
	"steps" double precision NOT NULL,
	"seconds" double precision NOT NULL,
	"reserved_tokens" double precision NOT NULL,
	"reserved_cost_usd" double precision NOT NULL,
	"reserved_steps" double precision NOT NULL,
	"warned_at" timestamp(3) with time zone,
	"exceeded_at" timestamp(3) with time zone,
	CONSTRAINT "budget_spending_budget_id_period_pk" PRIMARY KEY("budget_id","period")
);
--> statement-breakpoint
CREATE TABLE "budgets" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"scope" text NOT NULL,
	"subject" text,
	"period" text NOT NULL,
	"timezone" text NOT NULL,
	"max_tokens" double precision,
	"max_cost_usd" double precision,
	"max_steps" double precision,
	"max_seconds" double precision,
	"created_at" timestamp(3) with time zone NOT NULL,
	"updated_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "budget_has_a_subject" CHECK ((scope = 'tenant') = (subject is null))
);
--> statement-breakpoint
CREATE TABLE "usage_days" (
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"day" text NOT NULL,
	"agent" text NOT NULL,
	"model" text NOT NULL,
	"key_id" text NOT NULL,
	"runs" integer NOT NULL,
	"failed_runs" integer NOT NULL,
	"calls" integer NOT NULL,
	"unpriced_calls" integer NOT NULL,
	"input_tokens" double precision NOT NULL,
	"output_tokens" double precision NOT NULL,
	"cost_usd" double precision NOT NULL,
	CONSTRAINT "usage_days_tenant_id_day_agent_model_key_id_pk" PRIMARY KEY("tenant_id","day","agent","model","key_id")
);
--> statement-breakpoint
CREATE TABLE "usage_entries" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"day" text NOT NULL,
	"agent" text NOT NULL,
	"model" text NOT NULL,
	"key_id" text NOT NULL,
	"runs" integer NOT NULL,
	"failed_runs" integer NOT NULL,
	"calls" integer NOT NULL,
	"unpriced_calls" integer NOT NULL,
	"input_tokens" double precision NOT NULL,
	"output_tokens" double precision NOT NULL,
	"cost_usd" double precision NOT NULL
);
--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "key_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "schedule_id" text;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "budget" json;--> statement-breakpoint
ALTER TABLE "runs" ADD COLUMN "settings" json;--> statement-breakpoint
CREATE INDEX "budgets_by_tenant" ON "budgets" USING btree ("tenant_id","id");--> statement-breakpoint
CREATE INDEX "usage_entries_by_day" ON "usage_entries" USING btree ("tenant_id","day");