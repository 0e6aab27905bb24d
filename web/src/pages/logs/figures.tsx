// The strip of figures above a list, each with its change against the period of the same length before.

import { useQuery } from '@tanstack/react-query';
import { cost, count, duration, percent } from '@/lib/format';
import { Tip } from '@/ui/tooltip';
import { figuresQuery, type Choice, type Figures } from './list';

interface Figure {
  title: string;
  of: (figures: Figures) => number | undefined;
  format: (value: number | undefined) => string;
  worse?: 'up'; // more of it is bad news
}

const COUNTS: Record<Choice['tab'], string> = { traces: 'Traces', spans: 'Spans', threads: 'Threads' };
const rate = (figures: Figures) => (figures.errors === undefined || figures.count === 0 ? undefined : figures.errors / figures.count);
const figuresOfTab = (tab: Choice['tab']): Figure[] => [
  { title: COUNTS[tab], of: (one) => one.count, format: count },
  ...(tab === 'threads' ? [] : [{ title: 'Errors', of: rate, format: percent, worse: 'up' } satisfies Figure]),
  { title: 'Duration p50', of: (one) => one.duration?.p50, format: duration, worse: 'up' },
  { title: 'Duration p99', of: (one) => one.duration?.p99, format: duration, worse: 'up' },
  { title: 'Tokens', of: (one) => one.tokens, format: count },
  { title: 'Cost', of: (one) => one.cost, format: cost },
];

// Below this share a change is none.
const STEADY = 0.005;

function Change({ figure, now, before }: { figure: Figure; now: number | undefined; before: number | undefined }) {
  if (now === undefined || before === undefined) return null;
  const tip = `${figure.format(before)} in the period before`;
  const share = before === 0 ? (now === 0 ? 0 : undefined) : (now - before) / before;
  const up = share === undefined || share > 0;
  const steady = share !== undefined && Math.abs(share) < STEADY;
  const tone = steady || !figure.worse ? 'faint' : up ? 'bad' : 'good';
  return (
    <Tip text={tip}>
      <span className={`figure-change ${tone}`}>
        {steady ? '±0 %' : `${up ? '▲' : '▼'} ${share === undefined ? 'from 0' : share > 9.99 ? `${count(share + 1)}×` : percent(Math.abs(share))}`}
        <span className="visually-hidden">{steady ? ', as before' : up ? ', more than before' : ', less than before'}</span>
      </span>
    </Tip>
  );
}

export function FigureStrip({ choice, enabled }: { choice: Choice; enabled: boolean }) {
  const figures = useQuery({ ...figuresQuery(choice), enabled });
  const { current, before } = figures.data ?? {};
  return (
    <dl className="kpis" aria-busy={figures.isFetching || undefined} tabIndex={0} aria-label="Figures">
      {figuresOfTab(choice.tab).map((figure) => (
        <div key={figure.title} className="kpi">
          <dt>{figure.title}</dt>
          <dd>
            {current ? figure.format(figure.of(current)) : <span className="faint">{figures.error ? '–' : '…'}</span>}
            {current && before && <Change figure={figure} now={figure.of(current)} before={figure.of(before)} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}
