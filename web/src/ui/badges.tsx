// Small marks that say what something is: by shape and word, and by colour besides.

import type { FeedbackScore, SpanType } from '@/api/types';
import { score } from '@/lib/format';
import { Tip } from './tooltip';

const shapes: Record<SpanType, React.ReactNode> = {
  general: <circle cx="5" cy="5" r="3.5" />,
  llm: <path d="M5 .8 9.2 5 5 9.2.8 5Z" />,
  tool: <path d="M1.5 1.5h7v7h-7z" />,
  guardrail: <path d="M5 1 9.3 9H.7Z" />,
};
export const SPAN_TYPE_NAMES: Record<SpanType, string> = { general: 'General', llm: 'LLM', tool: 'Tool', guardrail: 'Guardrail' };

export function SpanTypeBadge({ type = 'general', short = false }: { type?: SpanType; short?: boolean }) {
  const name = SPAN_TYPE_NAMES[type] ?? type;
  return (
    <span className={`badge span-${type}`}>
      <svg width="10" height="10" viewBox="0 0 10 10" fill="currentColor" role={short ? 'img' : undefined} aria-label={short ? name : undefined} aria-hidden={short ? undefined : true}>
        {shapes[type] ?? shapes.general}
      </svg>
      {!short && name}
    </span>
  );
}

export function ScoreChip({ score: one }: { score: FeedbackScore }) {
  return (
    <Tip text={[one.category_name, one.reason].filter(Boolean).join('\n')}>
      <span className="chip">
        <span className="one-line">{one.name}</span> <b>{score(one.value)}</b>
      </span>
    </Tip>
  );
}

export function ErrorBadge({ type, message }: { type?: string; message?: string }) {
  return (
    <Tip text={message ?? ''}>
      <span className="chip chip-bad">
        <span className="one-line">{type || 'Error'}</span>
      </span>
    </Tip>
  );
}

export function Tag({ text }: { text: string }) {
  return (
    <span className="chip" title={text}>
      <span className="one-line">{text}</span>
    </span>
  );
}
