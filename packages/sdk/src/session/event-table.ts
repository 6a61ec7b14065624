/** The layout of stored events, the same in every database. Raise the version with each change and add its migration. */
export const schemaVersion = 1;

type ColumnType = 'text' | 'integer';

const columns: readonly (readonly [name: string, type: ColumnType])[] = [
  ['session_id', 'text'],
  ['seq', 'integer'],
  ['run_id', 'text'],
  ['at', 'integer'],
  ['type', 'text'],
  // JSON as text: it comes back byte for byte, and holds what a database's own JSON type refuses.
  ['json', 'text'],
];

/** How a database writes what the layout needs. */
export interface Dialect {
  readonly types: Readonly<Record<ColumnType, string>>;
  /** Stands before the names of tables and indexes. */
  readonly prefix: string;
  /** Stands behind a table's columns. */
  readonly tableOptions: string;
}

/** Statements that bring a database from a version to today's. */
export function migrations(from: number, { types, prefix, tableOptions }: Dialect): readonly string[] {
  const table = `${prefix}events`;
  const lines = columns.map(([name, type]) => `${name} ${types[type]} NOT NULL`);
  const versions = [
    [
      `CREATE TABLE IF NOT EXISTS ${table} (${lines.join(', ')}, PRIMARY KEY (session_id, seq))${tableOptions}`,
      `CREATE INDEX IF NOT EXISTS ${table}_by_run ON ${table} (run_id, seq)`,
    ],
  ];
  return versions.slice(from).flat();
}

/** The columns in the order that inserts give them. */
export const columnNames = columns.map(([name]) => name).join(', ');
