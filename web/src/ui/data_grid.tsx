// A table of any length: rows in sight only, columns that can be chosen, ordered and resized, all of it by keyboard.
//
//   const rows = useWindowRows<Trace>({…}), layout = useGridLayout("traces");
//   <DataGrid label="Traces" rows={rows} columns={columns} layout={layout} rowId={(t) => t.id} href={hrefOf} onOpen={open}
//             sort={search.sort} onSort={(sort) => …} picked={picked} onPick={setPicked} />
//
// Rows are links: Ctrl+click opens a tab. Keys: arrows, PageUp, PageDown, Home, End move; Enter opens; Space picks, Shift+Space and
// Shift+click pick a stretch. On a column's head: Enter sorts, Alt+arrows move the column, Shift+arrows make it narrower or wider.
// The widths, order and choice of columns are kept in the browser under the key of useGridLayout.

import { getCoreRowModel, useReactTable, type ColumnDef, type ColumnSizingState, type VisibilityState } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, useEffect, useId, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode, type RefObject } from 'react';
import { useStored } from '@/lib/storage';
import { Icon } from './icons';
import { Menu } from './menu';
import type { WindowRows } from './window_rows';

export interface GridColumn<T> {
  id: string; // the server's field too, if the column sorts
  title: string;
  width: number;
  cell: (row: T) => ReactNode;
  number?: boolean; // aligned at the end
  sortable?: boolean;
  hidden?: boolean; // until somebody chooses it
}

interface Layout {
  order: string[];
  shown: VisibilityState;
  widths: ColumnSizingState;
}

const ROW_HEIGHT = 32;
const WIDTH_MIN = 48;
const WIDTH_MAX = 1200;
const WIDTH_STEP = 16;
const EMPTY_LAYOUT: Layout = { order: [], shown: {}, widths: {} };

interface Props<T> {
  label: string;
  rows: WindowRows<T>;
  columns: GridColumn<T>[];
  layout: GridLayout;
  rowId: (row: T) => string;
  href: (row: T) => string; // where the row leads; the same function for every drawing
  onOpen: (row: T) => void;
  sort?: string; // "-start_time": the largest first
  onSort?: (sort: string) => void;
  picked?: ReadonlyMap<string, T>; // by id
  onPick?: (picked: ReadonlyMap<string, T>) => void;
  boxRef?: RefObject<HTMLDivElement | null>; // what scrolls
}

export interface GridLayout {
  value: Layout;
  set: (layout: Layout) => void;
}

// The layout is its own hook, so that the menu of columns can stand in a page's head.
export function useGridLayout(key: string): GridLayout {
  const [value, set] = useStored<Layout>(`grid.${key}`, EMPTY_LAYOUT);
  return { value, set };
}

// Columns in the order that was chosen; new ones keep their place at the end.
function ordered<T>(columns: GridColumn<T>[], order: string[]): GridColumn<T>[] {
  const place = (column: GridColumn<T>) => {
    const at = order.indexOf(column.id);
    return at < 0 ? order.length + columns.indexOf(column) : at;
  };
  return [...columns].sort((a, b) => place(a) - place(b));
}

const isShown = <T,>(column: GridColumn<T>, layout: Layout) => layout.shown[column.id] ?? !column.hidden;

export function ColumnMenu<T>({ columns, layout }: { columns: GridColumn<T>[]; layout: GridLayout }) {
  return (
    <Menu
      label="Columns"
      align="end"
      className="button"
      button={
        <>
          <Icon name="columns" /> <span className="wide-only">Columns</span>
        </>
      }
      items={[
        ...ordered(columns, layout.value.order).map((column) => ({
          label: column.title,
          checked: isShown(column, layout.value),
          stays: true,
          run: () => layout.set({ ...layout.value, shown: { ...layout.value.shown, [column.id]: !isShown(column, layout.value) } }),
        })),
        { label: 'Reset columns', run: () => layout.set(EMPTY_LAYOUT) },
      ]}
    />
  );
}

export function DataGrid<T>(props: Props<T>) {
  const { rows, layout } = props;
  const id = useId();
  const ownBox = useRef<HTMLDivElement>(null);
  const box = props.boxRef ?? ownBox;
  const [active, setActive] = useState({ row: 0, column: 0 });
  const anchor = useRef(0);

  const columns = useMemo(() => ordered(props.columns, layout.value.order), [props.columns, layout.value.order]);
  const table = useReactTable<T>({
    data: EMPTY as T[],
    columns: useMemo<ColumnDef<T>[]>(
      () => columns.map((column) => ({ id: column.id, header: column.title, size: column.width, minSize: WIDTH_MIN, maxSize: WIDTH_MAX })),
      [columns],
    ),
    getCoreRowModel: getCoreRowModel(),
    columnResizeMode: 'onChange',
    state: {
      columnSizing: layout.value.widths,
      columnVisibility: Object.fromEntries(columns.map((column) => [column.id, isShown(column, layout.value)])),
    },
    onColumnSizingChange: (change) => layout.set({ ...layout.value, widths: typeof change === 'function' ? change(layout.value.widths) : change }),
  });
  const headers = table.getFlatHeaders();
  const names = headers.map((header) => header.id).join('\n');
  const shown = useMemo(() => names.split('\n').map((name) => columns.find((column) => column.id === name)!), [columns, names]);

  const virtual = useVirtualizer({
    count: rows.total,
    getScrollElement: () => box.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 3,
    scrollPaddingStart: ROW_HEIGHT,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => rows.show(first, last), [first, last, rows.show]);

  const moveColumn = (from: string, by: number) => {
    const order = columns.map((column) => column.id);
    const at = order.indexOf(from);
    const to = Math.min(Math.max(0, at + by), order.length - 1);
    order.splice(to, 0, order.splice(at, 1)[0]!);
    layout.set({ ...layout.value, order });
  };
  const resizeColumn = (column: string, by: number) => {
    const width = table.getColumn(column)!.getSize() + by;
    layout.set({ ...layout.value, widths: { ...layout.value.widths, [column]: Math.min(Math.max(WIDTH_MIN, width), WIDTH_MAX) } });
  };
  const dropColumn = (from: string, onto: string) => {
    const order = columns.map((column) => column.id);
    moveColumn(from, order.indexOf(onto) - order.indexOf(from));
  };

  const pick = (index: number, stretch: boolean) => {
    if (!props.onPick) return;
    const next = new Map(props.picked);
    const [from, to] = stretch ? [Math.min(anchor.current, index), Math.max(anchor.current, index)] : [index, index];
    for (let at = from; at <= to; ++at) {
      const row = rows.at(at);
      if (!row) continue;
      const name = props.rowId(row);
      if (stretch || !next.delete(name)) next.set(name, row);
    }
    anchor.current = index;
    props.onPick(next);
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.target !== box.current || rows.total === 0) return;
    const page = Math.max(1, Math.floor(box.current.clientHeight / ROW_HEIGHT) - 2);
    const by: Record<string, [number, number]> = {
      ArrowDown: [1, 0],
      ArrowUp: [-1, 0],
      ArrowRight: [0, 1],
      ArrowLeft: [0, -1],
      PageDown: [page, 0],
      PageUp: [-page, 0],
      Home: event.ctrlKey ? [-rows.total, 0] : [0, -shown.length],
      End: event.ctrlKey ? [rows.total, 0] : [0, shown.length],
    };
    const step = by[event.key];
    if (step) {
      const row = Math.min(Math.max(0, active.row + step[0]), rows.total - 1);
      setActive({ row, column: Math.min(Math.max(0, active.column + step[1]), shown.length - 1) });
      virtual.scrollToIndex(row);
    } else if (event.key === 'Enter') {
      const row = rows.at(active.row);
      if (row) props.onOpen(row);
    } else if (event.key === ' ') {
      pick(active.row, event.shiftKey);
    } else {
      return;
    }
    event.preventDefault();
  };

  const picks = props.onPick !== undefined;
  const offset = picks ? 2 : 1;
  const widths = headers.map((header) => header.getSize()).join(' ');
  // The same functions for every drawing, so that rows can tell that nothing has changed.
  const now: RowActs = {
    pick,
    open: (index, event) => {
      if (event.ctrlKey || event.metaKey) return; // the browser follows the link
      event.preventDefault();
      setActive({ row: index, column: active.column });
      const row = rows.at(index);
      if (event.shiftKey && picks) pick(index, true);
      else if (row) props.onOpen(row);
    },
  };
  const latest = useRef(now);
  latest.current = now;
  const act = useRef<RowActs>({ open: (index, event) => latest.current.open(index, event), pick: (index, stretch) => latest.current.pick(index, stretch) });
  return (
    <div
      ref={box}
      className="grid"
      role="grid"
      tabIndex={0}
      aria-label={props.label}
      aria-rowcount={rows.total + 1}
      aria-colcount={shown.length + offset - 1}
      aria-multiselectable={picks || undefined}
      aria-busy={rows.stale || undefined}
      aria-activedescendant={rows.total > 0 && active.row >= first && active.row <= last ? `${id}-${active.row}-${active.column}` : undefined}
      onKeyDown={onKey}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} style={{ display: 'flex' }}>
          {picks && (
            <div role="columnheader" aria-colindex={1} className="grid-cell grid-pick">
              <span className="visually-hidden">Picked</span>
            </div>
          )}
          {headers.map((header, index) => {
            const column = shown[index]!;
            const direction = props.sort === column.id ? 'ascending' : props.sort === `-${column.id}` ? 'descending' : undefined;
            return (
              <div
                key={header.id}
                role="columnheader"
                aria-colindex={index + offset}
                aria-sort={direction}
                className={column.number ? 'grid-cell grid-cell-end' : 'grid-cell'}
                style={{ width: header.getSize() }}
                draggable={!table.getState().columnSizingInfo.isResizingColumn}
                onDragStart={(event) => event.dataTransfer.setData('text/x-column', column.id)}
                onDragOver={(event) => event.dataTransfer.types.includes('text/x-column') && event.preventDefault()}
                onDrop={(event) => dropColumn(event.dataTransfer.getData('text/x-column'), column.id)}
              >
                <button
                  className="sort"
                  aria-description="Alt+arrows move the column, Shift+arrows resize it"
                  onClick={() => column.sortable && props.onSort?.(direction === 'descending' ? column.id : `-${column.id}`)}
                  onKeyDown={(event) => {
                    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
                    if (step === undefined || event.altKey === event.shiftKey) return;
                    event.preventDefault();
                    if (event.altKey) moveColumn(column.id, step);
                    else resizeColumn(column.id, step * WIDTH_STEP);
                  }}
                >
                  {column.title}
                  {direction && <Icon name={direction === 'ascending' ? 'up' : 'down'} size={12} />}
                </button>
                <div className="grid-resize" aria-hidden="true" onMouseDown={header.getResizeHandler()} onTouchStart={header.getResizeHandler()} onDoubleClick={() => header.column.resetSize()} />
              </div>
            );
          })}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const row = rows.at(item.index);
          return (
            <GridRow
              key={item.index}
              grid={id}
              index={item.index}
              row={row}
              hrefOf={props.href as (row: unknown) => string}
              columns={shown as GridColumn<unknown>[]}
              widths={widths}
              picks={picks}
              isPicked={row !== undefined && (props.picked?.has(props.rowId(row)) ?? false)}
              activeColumn={item.index === active.row ? active.column : -1}
              act={act.current}
            />
          );
        })}
      </div>
    </div>
  );
}

interface RowActs {
  open: (index: number, event: MouseEvent) => void;
  pick: (index: number, stretch: boolean) => void;
}

// One row. While the grid scrolls, the rows that stay in sight are not drawn again.
const GridRow = memo(function GridRow(props: {
  grid: string;
  index: number;
  row: unknown; // undefined: on its way
  hrefOf: (row: unknown) => string;
  columns: GridColumn<unknown>[];
  widths: string; // one for each column, so that equal ones are equal
  picks: boolean;
  isPicked: boolean;
  activeColumn: number; // -1: another row is the active one
  act: RowActs;
}) {
  const { grid, index, row, picks, isPicked, activeColumn, act } = props;
  const offset = picks ? 2 : 1;
  const widths = props.widths.split(' ');
  const href = row === undefined ? undefined : props.hrefOf(row);
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={picks ? isPicked : undefined}
      className={activeColumn >= 0 ? 'grid-row grid-row-active' : 'grid-row'}
      style={{ transform: `translateY(${index * ROW_HEIGHT}px)` }}
      onClick={(event) => act.open(index, event)}
    >
      {picks && (
        <div role="gridcell" aria-colindex={1} className="grid-cell grid-pick" onClick={(event) => event.stopPropagation()}>
          <input
            type="checkbox"
            tabIndex={-1}
            aria-label={`Pick row ${index + 1}`}
            checked={isPicked}
            disabled={row === undefined}
            onChange={() => undefined}
            onClick={(event) => act.pick(index, event.shiftKey)}
          />
        </div>
      )}
      {props.columns.map((column, at) => {
        const content = row === undefined ? <span className="faint">…</span> : column.cell(row);
        const isEmpty = content === undefined || content === null || (Array.isArray(content) && content.length === 0);
        return (
          <div
            key={column.id}
            id={`${grid}-${index}-${at}`}
            role="gridcell"
            aria-colindex={at + offset}
            className={`grid-cell${column.number ? ' grid-cell-end' : ''}${at === activeColumn ? ' grid-cell-active' : ''}`}
            style={{ width: `${widths[at]}px` }}
          >
            {href !== undefined && !isEmpty ? (
              <a className="grid-link" href={href} tabIndex={-1} draggable={false}>
                {content}
              </a>
            ) : (
              content
            )}
          </div>
        );
      })}
    </div>
  );
});

const EMPTY: unknown[] = [];
