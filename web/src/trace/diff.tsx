// What differs between two payloads, line by line of their JSON. Load it lazily.

import { diffLines } from 'diff';
import { useMemo } from 'react';

const CONTEXT = 3; // lines that are the same, around what is not
const CHARACTERS_MAX = 1_000_000; // of both together: beyond, comparing would stop the page

const lines = (value: unknown) => (typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? ''));

export default function Diff({ before, after }: { before: unknown; after: unknown }) {
  const parts = useMemo(() => {
    const [a, b] = [lines(before), lines(after)];
    return a.length + b.length > CHARACTERS_MAX ? undefined : diffLines(a, b);
  }, [before, after]);
  if (!parts) return <p className="soft">These inputs are too long to be compared here. Copy both and compare them with another tool.</p>;
  if (parts.every((part) => !part.added && !part.removed)) return <p className="soft">The two inputs are the same.</p>;
  return (
    <pre className="diff" tabIndex={0} aria-label="Difference">
      {parts.map((part, index) => (
        <Part key={index} text={part.value} kind={part.added ? 'added' : part.removed ? 'removed' : 'same'} first={index === 0} last={index === parts.length - 1} />
      ))}
    </pre>
  );
}

function Part({ text, kind, first, last }: { text: string; kind: 'added' | 'removed' | 'same'; first: boolean; last: boolean }) {
  const all = text.replace(/\n$/, '').split('\n');
  const mark = { added: '+', removed: '−', same: ' ' }[kind];
  const show = (list: string[], from: number) => list.map((line, index) => <span key={from + index} className={`diff-${kind}`}>{`${mark} ${line}\n`}</span>);
  const before = first ? 0 : CONTEXT;
  const after = last ? 0 : CONTEXT;
  if (kind !== 'same' || all.length <= before + after + 1) return <>{show(all, 0)}</>;
  return (
    <>
      {show(all.slice(0, before), 0)}
      <span className="diff-skipped">{`  ${all.length - before - after} lines the same\n`}</span>
      {show(all.slice(all.length - after), all.length)}
    </>
  );
}
