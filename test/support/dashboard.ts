import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.js';

/** One line of a panel. */
export interface PanelQuery {
  readonly panel: string;
  readonly query: string;
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
}

/** What the dashboard for Grafana asks Prometheus, with its variables as Grafana would fill them in. */
export function dashboardQueries(): PanelQuery[] {
  const text = readFileSync(join(ROOT, 'docs/grafana/nestwire.json'), 'utf8');
  const { panels } = JSON.parse(text) as { panels: readonly Panel[] };
  return panels.flatMap(({ title, targets = [] }) =>
    targets.map(({ expr }) => ({
      panel: title,
      query: expr.replaceAll('$path', '.*').replaceAll('$__rate_interval', '1m'),
    })),
  );
}

/** Names of metrics in a query, as Prometheus has them. */
export function metricsIn(query: string): string[] {
  // Labels stand in braces, or behind `by`.
  const bare = query.replaceAll(/\{[^}]*\}/g, '').replaceAll(/\bby \([^)]*\)/g, '');
  return [...bare.matchAll(/\bnestwire_\w+/g)].map(([name]) => name);
}
