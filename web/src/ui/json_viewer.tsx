// JSON to look at: folded and unfolded, only the lines in sight are in the page, so that megabytes do not hurt. Load it lazily:
//
//   const JsonViewer = lazy(() => import('@/ui/json_viewer'));
//   <JsonViewer value={trace.input} label="Input" />

import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef, useState } from 'react';
import { foldable, linesOf, type Line } from './json_lines';

const LINE_HEIGHT = 20;

export default function JsonViewer({ value, label }: { value: unknown; label: string }) {
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const lines = useMemo(() => linesOf(value, toggled), [value, toggled]);
  const box = useRef<HTMLDivElement>(null);
  const rows = useVirtualizer({ count: lines.length, getScrollElement: () => box.current, estimateSize: () => LINE_HEIGHT, overscan: 20 });
  const toggle = (path: string) => {
    const next = new Set(toggled);
    if (!next.delete(path)) next.add(path);
    setToggled(next);
  };
  return (
    <div ref={box} className="json" tabIndex={0} role="group" aria-label={label}>
      <div style={{ height: rows.getTotalSize(), position: 'relative' }}>
        {rows.getVirtualItems().map((row) => {
          const line = lines[row.index]!;
          return (
            <div key={row.key} className="json-line" style={{ transform: `translateY(${row.start}px)`, paddingLeft: line.depth * 16 }}>
              <LineText line={line} toggle={() => toggle(line.path)} />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function LineText({ line, toggle }: { line: Line; toggle: () => void }) {
  const fold = foldable(line);
  return (
    <>
      {fold ? (
        <button className="json-fold" aria-expanded={line.open} aria-label={line.key ?? 'Value'} onClick={toggle}>
          {line.open ? '▾' : '▸'}
        </button>
      ) : (
        <span className="json-fold" />
      )}
      {line.key !== undefined && (
        <>
          <span className="json-key">{line.key}</span>
          {': '}
        </>
      )}
      <span className={`json-${line.kind}`}>{line.text}</span>
    </>
  );
}
