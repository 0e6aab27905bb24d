// Rows as files that are saved: JSON as the API gives them, or CSV with a column for each member.

// Members of objects become columns of their own where they are figures (usage.total_tokens); scores go by name; all else is JSON text.
export function flat(row: object): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(row)) {
    if (value === null || value === undefined) continue;
    if (name === 'feedback_scores' && Array.isArray(value)) {
      for (const score of value as { name: string; value: number }[]) out[`feedback_scores.${score.name}`] = String(score.value);
    } else if (name === 'usage') {
      for (const [unit, figure] of Object.entries(value as object)) out[`usage.${unit}`] = String(figure);
    } else {
      out[name] = typeof value === 'object' ? JSON.stringify(value) : String(value);
    }
  }
  return out;
}

// A cell that a spreadsheet would run as a formula gets an apostrophe in front; a number stays one.
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text)) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function toCsv(rows: object[]): string {
  const flats = rows.map(flat);
  const columns = [...new Set(flats.flatMap(Object.keys))];
  return [columns, ...flats.map((one) => columns.map((column) => one[column] ?? ''))].map((line) => line.map(cell).join(',') + '\r\n').join('');
}

export function save(name: string, type: string, text: string) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
