const table = '[`"]?([a-z_]+)[`"]?'
const createTable = new RegExp(`^create (?:virtual )?table (?:if not exists )?${table}`, 'i')
const createTrigger = new RegExp(`^create trigger \\S+ after [a-z \`"_]+ on ${table}`, 'i')
const createFunction = /^create function /i
const createIndex = new RegExp(`^create (unique )?index .*? on ${table}`, 'is')
const addColumn = new RegExp(`^alter table ${table} add (?:column )?(?!constraint)`, 'i')
/** How Postgres stores and cleans a table is nothing that a statement sees. */
const setStorage = new RegExp(`^alter table ${table} set \\(`, 'i')
const ofTable = new RegExp(`^alter table ${table}`, 'i')

/**
 * What of a migration would be felt by a program that does not know it: null where it only adds what such a program can
 * leave aside. Of a table that the migration itself makes everything is new.
 */
export function expandFault(statements: readonly string[]): string | null {
  const made = new Set(statements.flatMap(statement => createTable.exec(statement)?.[1] ?? []))
  return statements.find(statement => !addsOnly(statement, made)) ?? null
}

function addsOnly(statement: string, made: ReadonlySet<string>): boolean {
  if ([createTable, createFunction, setStorage].some(harmless => harmless.test(statement))) return true
  const trigger = createTrigger.exec(statement)
  if (trigger) return made.has(trigger[1] ?? '')
  const index = createIndex.exec(statement)
  // Rows of the older program might not be unique.
  if (index) return index[1] === undefined || made.has(index[2] ?? '')
  if (made.has(ofTable.exec(statement)?.[1] ?? '')) return true
  // Its rows are inserted without the column.
  return addColumn.test(statement) && (!/\bnot null\b/i.test(statement) || /\bdefault\b/i.test(statement))
}
