/** The layout of a store, the same in every database. Raise the version with each change and add its migration. */
export const schemaVersion = 2;

type ColumnType = 'text' | 'integer';

interface Table {
  readonly name: string;
  readonly columns: readonly (readonly [name: string, type: ColumnType])[];
  readonly key: string;
}

const events: Table = {
  name: 'events',
  columns: [
    ['session_id', 'text'],
    ['seq', 'integer'],
    ['run_id', 'text'],
    ['at', 'integer'],
    ['type', 'text'],
    // JSON as text: it comes back byte for byte, and holds what a database's own JSON type refuses.
    ['json', 'text'],
  ],
  key: 'session_id, seq',
};

/** Who writes to a session. The row outlives the lease, so that tokens grow. */
const leases: Table = {
  name: 'leases',
  columns: [
    ['session_id', 'text'],
    ['token', 'integer'],
    // The holder as JSON.
    ['holder', 'text'],
    ['expires_at', 'integer'],
  ],
  key: 'session_id',
};

/** How a database writes what the layout needs. */
export interface Dialect {
  readonly types: Readonly<Record<ColumnType, string>>;
  /** Stands before the names of tables and indexes. */
  readonly prefix: string;
  /** Stands behind a table's columns. */
  readonly tableOptions: string;
}

/** Statements that bring a database from a version to today's. */
export function migrations(from: number, dialect: Dialect): readonly string[] {
  const { prefix } = dialect;
  const versions = [
    [
      createTable(events, dialect),
      `CREATE INDEX IF NOT EXISTS ${prefix}events_by_run ON ${prefix}events (run_id, seq)`,
    ],
    [createTable(leases, dialect)],
  ];
  return versions.slice(from).flat();
}

/** The columns of an event in the order that inserts give them. */
export const eventColumns = namesOf(events);

/** The columns of a lease in the order that inserts give them. */
export const leaseColumns = namesOf(leases);

function createTable({ name, columns, key }: Table, { types, prefix, tableOptions }: Dialect): string {
  const lines = columns.map(([column, type]) => `${column} ${types[type]} NOT NULL`);
  return `CREATE TABLE IF NOT EXISTS ${prefix}${name} (${lines.join(', ')}, PRIMARY KEY (${key}))${tableOptions}`;
}

function namesOf({ columns }: Table): string {
  return columns.map(([name]) => name).join(', ');
}
