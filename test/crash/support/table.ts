/** Prints what a crash test did, so that a run's figures are in its log. */
type Row = Readonly<Record<string, string | number>>;

/** Columns are those of the first row; numbers are aligned to the right. */
export function printTable(title: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {});
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => String(row[column]).length)));
  const line = (row: Row) =>
    columns
      .map((column, index) => {
        const text = String(row[column]);
        return typeof row[column] === 'number' ? text.padStart(widths[index]!) : text.padEnd(widths[index]!);
      })
      .join('  ');
  const head = Object.fromEntries(columns.map((column) => [column, column]));
  console.log([title, line(head), ...rows.map(line)].join('\n'));
}
