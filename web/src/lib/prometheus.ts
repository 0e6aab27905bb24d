// The server's counters, as GET /metrics prints them: `name{label="value"} 12`.
//
//   const value = parseMetrics(text);  value('opikd_items_total', 'stored')

export type Metrics = (name: string, label?: string) => number | undefined;

export function parseMetrics(text: string): Metrics {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const found = /^([a-z_0-9]+)(?:\{\w+="([^"]*)"\})? (\S+)$/.exec(line);
    if (found) values.set(`${found[1]} ${found[2] ?? ''}`, Number(found[3]));
  }
  return (name, label = '') => values.get(`${name} ${label}`);
}

// The label of a metric that stands for a text: opikd_build_info{version="0.1.0"}.
export const labelOf = (text: string, name: string): string | undefined => new RegExp(`^${name}\\{\\w+="([^"]*)"\\}`, 'm').exec(text)?.[1];
