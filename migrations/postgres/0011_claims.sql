-- expand: brief jobs that a worker takes together, and a look at them as they are now, whenever the statement around it began
CREATE TABLE "claims" (
	"id" text PRIMARY KEY NOT NULL,
	"tenant_id" text DEFAULT 'default' NOT NULL,
	"queue" text NOT NULL,
	"worker" text NOT NULL,
	"job_ids" text NOT NULL,
	"claimed_at" timestamp(3) with time zone NOT NULL,
	"lease_expires_at" timestamp(3) with time zone NOT NULL
);
--> statement-breakpoint
CREATE INDEX "claims_by_queue" ON "claims" USING btree ("queue");
--> statement-breakpoint
ALTER TABLE "claims" ALTER COLUMN "job_ids" SET STORAGE EXTERNAL;
--> statement-breakpoint
CREATE FUNCTION claimed_together(of_queue text, once bigint) RETURNS SETOF text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  RETURN QUERY SELECT unnest(string_to_array(c.job_ids, ',')) FROM claims c WHERE c.queue = of_queue;
END $$;
