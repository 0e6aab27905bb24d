// Entering a feedback score: the names that have a scale are offered, and the value is what the scale allows.
//
//   const entry = useScoreEntry();
//   <ScoreName entry={entry} className="input" />  <ScoreValue entry={entry} className="input" />  … entry.score

import { useQuery } from '@tanstack/react-query';
import { useId, useState, type InputHTMLAttributes } from 'react';
import { scoreScalesQuery } from '@/api/queries';
import type { FeedbackScore, ScoreScale } from '@/api/types';
import { score as scoreText } from '@/lib/format';

export interface ScoreEntry {
  scales: ScoreScale[];
  scale?: ScoreScale;
  choices?: [string, number][]; // of a scale that has named values
  name: string;
  value: string;
  reason: string;
  setName: (name: string) => void;
  setValue: (value: string) => void;
  setReason: (reason: string) => void;
  score?: FeedbackScore; // as soon as what was entered is one
  clear: () => void; // all but the name
}

function choicesOf({ type, details }: ScoreScale): [string, number][] | undefined {
  if (type === 'categorical') return Object.entries(details.categories ?? {});
  if (type === 'boolean') return [[details.true_label ?? 'true', 1], [details.false_label ?? 'false', 0]];
  return undefined;
}

export function useScoreEntry(): ScoreEntry {
  const scales = useQuery(scoreScalesQuery()).data?.content ?? [];
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  const scale = scales.find((one) => one.name === name);
  const choices = scale && choicesOf(scale);
  const chosen = choices?.find(([label]) => label === value);
  const number = choices ? chosen?.[1] : value.trim() === '' ? undefined : Number(value);
  const score =
    name.trim() !== '' && number !== undefined && Number.isFinite(number)
      ? { name: name.trim(), value: number, category_name: chosen?.[0], reason: reason.trim() || undefined, source: 'ui' }
      : undefined;
  return {
    scales,
    scale,
    choices,
    name,
    value,
    reason,
    setName: (next) => {
      setName(next);
      setValue('');
    },
    setValue,
    setReason,
    score,
    clear: () => {
      setValue('');
      setReason('');
    },
  };
}

export function ScoreName({ entry, ...more }: { entry: ScoreEntry } & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  return (
    <>
      <input className="input" autoComplete="off" list={id} value={entry.name} onChange={(event) => entry.setName(event.target.value)} {...more} />
      <datalist id={id}>
        {entry.scales.map((one) => (
          <option key={one.id} value={one.name} />
        ))}
      </datalist>
    </>
  );
}

export function ScoreValue({ entry, ...more }: { entry: ScoreEntry } & { 'aria-label'?: string; placeholder?: string }) {
  if (entry.choices) {
    return (
      <select className="input" value={entry.value} onChange={(event) => entry.setValue(event.target.value)} aria-label={more['aria-label']}>
        <option value="">Choose…</option>
        {entry.choices.map(([label, number]) => (
          <option key={label} value={label}>
            {label} ({scoreText(number)})
          </option>
        ))}
      </select>
    );
  }
  return (
    <input className="input" type="number" step="any" min={entry.scale?.details.min} max={entry.scale?.details.max} value={entry.value} onChange={(event) => entry.setValue(event.target.value)} {...more} />
  );
}
