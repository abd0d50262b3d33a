import { describe, expect, test } from 'bun:test'
import { expandFault } from './expand-fault.ts'

describe('a migration that expands', () => {
  test.each([
    'CREATE TABLE "notes" ("id" text PRIMARY KEY NOT NULL);',
    'CREATE TABLE `notes` (`id` text PRIMARY KEY NOT NULL);',
    'CREATE INDEX "runs_by_agent" ON "runs" USING btree ("agent");',
    'ALTER TABLE "runs" ADD COLUMN "note" text;',
    'ALTER TABLE `runs` ADD `note` text;',
    'ALTER TABLE "runs" SET (autovacuum_vacuum_scale_factor = 0.02);',
    'CREATE FUNCTION noted() RETURNS text LANGUAGE sql AS $$ SELECT note FROM runs $$;',
    `ALTER TABLE "runs" ADD COLUMN "rank" integer DEFAULT 0 NOT NULL;`,
  ])('may %s', statement => {
    expect(expandFault([statement])).toBeNull()
  })

  test.each([
    'ALTER TABLE "runs" DROP COLUMN "note";',
    'ALTER TABLE "runs" ADD COLUMN "note" text NOT NULL;',
    'ALTER TABLE "runs" ADD CONSTRAINT "short" CHECK (length(note) < 9);',
    'ALTER TABLE "runs" ALTER COLUMN "note" SET NOT NULL;',
    'ALTER TABLE "runs" RENAME TO "walks";',
    'ALTER TABLE "runs" SET SCHEMA "elsewhere";',
    'CREATE UNIQUE INDEX "one_note" ON "runs" USING btree ("note");',
    'DROP TABLE "runs";',
    'UPDATE runs SET note = 1;',
  ])('may not %s', statement => {
    expect(expandFault(['CREATE TABLE "notes" ("id" text);', statement])).toBe(statement)
  })

  test('may do what it likes with a table that it makes', () => {
    const statements = [
      'CREATE TABLE "notes" ("run_id" text NOT NULL);',
      'ALTER TABLE "notes" ADD CONSTRAINT "of_run" FOREIGN KEY ("run_id") REFERENCES "public"."runs"("id");',
      'CREATE UNIQUE INDEX "one_note" ON "notes" USING btree ("run_id");',
    ]
    expect(expandFault(statements)).toBeNull()
  })
})
