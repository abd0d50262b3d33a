-- expand: conversations that clients keep themselves
ALTER TABLE "runs" ADD COLUMN "chat" text;--> statement-breakpoint
CREATE INDEX "runs_by_chat" ON "runs" USING btree ("tenant_id","chat","id") WHERE chat is not null;