// The spans of a trace: a tree (ARIA) beside bars of time. Any number of spans: only the rows in sight are in the page.
//
// Arrows move and fold as in every tree, Enter opens the details, a letter key is left to the page.

import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react';
import { cost, count, duration } from '@/lib/format';
import { SpanTypeBadge } from '@/ui/badges';
import { Icon } from '@/ui/icons';
import { ticksOf, type Node, type Tree } from './tree';

export const ROW_HEIGHT = 28;
const TICK_WIDTH = 64; // pixels that a tick and its time need
const INDENT = 12; // pixels a level; deep trees squeeze so that names stay readable
const INDENT_MOST = 160;

export interface WaterfallProps {
  tree: Tree;
  rows: Node[];
  folded: ReadonlySet<string>;
  matches?: ReadonlySet<string>;
  critical?: ReadonlySet<string>;
  selected: string;
  onSelect: (id: string) => void;
  onFold: (id: string, fold: boolean) => void;
}

export function Waterfall({ tree, rows, folded, matches, critical, selected, onSelect, onFold }: WaterfallProps) {
  const box = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 16,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const at = rows.findIndex((row) => row.id === selected);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at);
  }, [at, virtual]);
  const timeHead = useRef<HTMLSpanElement>(null);
  const [timeWidth, setTimeWidth] = useState(0);
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setTimeWidth(entry!.contentRect.width));
    observer.observe(timeHead.current!);
    return () => observer.disconnect();
  }, []);
  const ticks = useMemo(() => (timeWidth < TICK_WIDTH ? [] : ticksOf(tree.end, Math.floor(timeWidth / TICK_WIDTH))), [tree, timeWidth]);
  const indent = Math.min(INDENT, INDENT_MOST / Math.max(1, rows.reduce((most, row) => Math.max(most, row.depth), 0)));

  const move = (to: number) => {
    const row = rows[Math.min(rows.length - 1, Math.max(0, to))];
    if (row) onSelect(row.id);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const row = rows[at];
    const page = Math.max(1, Math.floor((box.current!.clientHeight - ROW_HEIGHT) / ROW_HEIGHT) - 1);
    const isOpen = row && row.children.length > 0 && (matches !== undefined || !folded.has(row.id));
    const acts: Record<string, () => void> = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at - 1),
      PageDown: () => move(at + page),
      PageUp: () => move(at - page),
      Home: () => move(0),
      End: () => move(rows.length - 1),
      ArrowRight: () => row && row.children.length > 0 && (isOpen ? move(at + 1) : onFold(row.id, false)),
      ArrowLeft: () => row && (isOpen && matches === undefined ? onFold(row.id, true) : row.parent && onSelect(row.parent.id)),
    };
    const act = acts[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };

  return (
    <div className="waterfall" ref={box} role="tree" aria-label="Spans" tabIndex={0} aria-activedescendant={at >= 0 ? `row-${selected}` : undefined} onKeyDown={onKey}>
      <div className="waterfall-head" aria-hidden="true">
        <span className="waterfall-name">Span</span>
        <span className="waterfall-number">Duration</span>
        <span className="waterfall-number waterfall-wide">Tokens</span>
        <span className="waterfall-number waterfall-wide">Cost</span>
        <span className="waterfall-time" ref={timeHead}>
          {ticks.map((tick) => (
            <span key={tick} className="waterfall-tick" style={{ left: `${(tick / tree.end) * 100}%` }}>
              {tick > 0 && (1 - tick / tree.end) * timeWidth > TICK_WIDTH - 12 && duration(tick)}
            </span>
          ))}
        </span>
      </div>
      <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index]!;
          return (
            <Row
              key={row.id}
              row={row}
              end={tree.end}
              top={item.start}
              indent={indent}
              open={row.children.length > 0 ? matches !== undefined || !folded.has(row.id) : undefined}
              selected={row.id === selected}
              dim={matches !== undefined && !matches.has(row.id)}
              critical={critical?.has(row.id)}
              onSelect={onSelect}
              onFold={onFold}
            />
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  row: Node;
  end: number;
  top: number;
  indent: number;
  open: boolean | undefined;
  selected: boolean;
  dim: boolean;
  critical: boolean | undefined;
  onSelect: (id: string) => void;
  onFold: (id: string, fold: boolean) => void;
}

function Row({ row, end, top, indent, open, selected, dim, critical, onSelect, onFold }: RowProps) {
  return (
    <div
      id={`row-${row.id}`}
      role="treeitem"
      aria-level={row.depth + 1}
      aria-expanded={open}
      aria-selected={selected}
      className={`waterfall-row${dim ? ' waterfall-dim' : ''}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => onSelect(row.id)}
    >
      <span className="waterfall-name" style={{ paddingLeft: row.depth * indent }}>
        {open === undefined ? (
          <span className="waterfall-fold" />
        ) : (
          <button
            className="waterfall-fold"
            tabIndex={-1}
            aria-hidden="true"
            onClick={(event) => {
              event.stopPropagation();
              onFold(row.id, open);
            }}
          >
            {open ? '▾' : '▸'}
          </button>
        )}
        {row.type === 'trace' ? <span className="waterfall-root" role="img" aria-label="Trace" /> : <SpanTypeBadge type={row.type} short />}
        <span className="one-line">{row.name}</span>
        {row.span?.model && <span className="one-line faint waterfall-wide waterfall-model">{row.span.model}</span>}
        {row.failed && (
          <span className="bad waterfall-mark">
            <Icon name="warning" size={14} />
            <span className="visually-hidden">failed</span>
          </span>
        )}
        {critical && <span className="visually-hidden">on the critical path</span>}
        {row.lost && <span className="chip">no parent</span>}
        {open === false && <span className="faint waterfall-mark">{count(row.size)}</span>}
      </span>
      <span className="waterfall-number">{row.running ? <span className="faint">running</span> : duration(row.end - row.start)}</span>
      <span className="waterfall-number waterfall-wide soft">{row.tokens ? count(row.tokens) : ''}</span>
      <span className="waterfall-number waterfall-wide soft">{row.cost ? cost(row.cost) : ''}</span>
      <span className="waterfall-time">
        <span
          className={`waterfall-bar bar-${row.type}${row.failed ? ' bar-failed' : ''}${row.running ? ' bar-running' : ''}${critical ? ' bar-critical' : ''}`}
          style={{ left: `${(row.start / end) * 100}%`, width: `${((row.end - row.start) / end) * 100}%` }}
        />
      </span>
    </div>
  );
}
