/** What every reader of raw data agrees on, whole or as a stream. */
export const CSV_OPTIONS = { bom: true, skip_empty_lines: true, relax_column_count: false } as const;
