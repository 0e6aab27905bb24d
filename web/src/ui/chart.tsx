// A chart over time: lines or bars, a tooltip under the pointer, and, if asked for, a brush that chooses a stretch of time. Heavy
// (uPlot): load it with lazy(() => import('@/ui/chart')).
//
//   <Chart label="Traces over time" times={[ms, …]} series={[{ name: 'Traces', values, colour: '--bar' }]} kind="bars" height={72}
//          format={count} onBrush={(from, to) => …} />
//
// Colours are names of tokens, and follow the theme. Lines differ by their dashes too.

import { useEffect, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { NOTHING } from '@/lib/format';

export interface Series {
  name: string;
  values: (number | null)[];
  colour: string;
  dash?: number[];
}

interface Props {
  label: string;
  times: number[]; // ms, where intervals begin
  step: number; // their length, ms
  series: Series[];
  kind: 'bars' | 'lines';
  height: number;
  format: (value: number) => string;
  axes?: boolean;
  onBrush?: (from: Date, to: Date) => void;
}

const BRUSH_MIN_PX = 6;

// Canvas knows no light-dark(): the browser works the colour out on an element.
function colourOf(box: HTMLElement, token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  box.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

// Grows with each change of light and dark.
function useThemeChanges(): number {
  const [changes, setChanges] = useState(0);
  useEffect(() => {
    const tell = () => setChanges((old) => old + 1);
    const system = matchMedia('(prefers-color-scheme: dark)');
    window.addEventListener('opik-theme', tell);
    system.addEventListener('change', tell);
    return () => {
      window.removeEventListener('opik-theme', tell);
      system.removeEventListener('change', tell);
    };
  }, []);
  return changes;
}

function timeLabel(ms: number, step: number): string {
  const at = (time: number, options: Intl.DateTimeFormatOptions) => new Date(time).toLocaleString('en-GB', options);
  const day = at(ms, { day: 'numeric', month: 'short' });
  if (step >= 86_400_000) return day;
  const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', ...(step < 60_000 && { second: '2-digit' }) };
  return `${day}, ${at(ms, clock)}–${at(ms + step, clock)}`;
}

// What stands below the axis: the clock, or the day where one begins.
function tickLabels(times: number[]): string[] {
  const gap = times.length > 1 ? times[1]! - times[0]! : 0;
  return times.map((time) => {
    const at = new Date(time);
    const isMidnight = at.getHours() === 0 && at.getMinutes() === 0 && at.getSeconds() === 0;
    if (gap >= 86_400_000 || (isMidnight && gap >= 60_000)) return at.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    return at.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', ...(gap < 60_000 && { second: '2-digit' }) });
  });
}

export default function Chart({ label, times, step, series, kind, height, format, axes = false, onBrush }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<{ index: number; left: number; width: number } | null>(null);
  const theme = useThemeChanges();
  const latest = useRef({ format, onBrush });
  latest.current = { format, onBrush };
  const data = useMemo<uPlot.AlignedData>(() => [times, ...series.map((one) => one.values)], [times, series]);
  const drawn = series.map((one) => `${one.name} ${one.colour} ${one.dash ?? ''}`).join('\n');
  const brushes = onBrush !== undefined;

  useEffect(() => {
    const parent = box.current!;
    const colour = (token: string) => colourOf(parent, token);
    const axis: uPlot.Axis = {
      stroke: colour('--ink-faint'),
      grid: { stroke: colour('--line'), width: 1 },
      ticks: { show: false },
      font: `11px ${getComputedStyle(parent).fontFamily}`,
    };
    const bars = kind === 'bars' ? uPlot.paths.bars!({ size: [0.86, 48, 1], align: 1 }) : undefined;
    const plot = new uPlot(
      {
        width: Math.max(1, parent.clientWidth),
        height,
        ms: 1,
        legend: { show: false },
        padding: axes ? [8, 20, 0, 0] : [4, 0, 0, 0],
        scales: {
          x: { time: true, range: (_, min, max) => (kind === 'bars' ? [min, max + step] : min === max ? [min - step, max + step] : [min, max]) },
          y: { range: (_, __, max) => [0, max > 0 ? max * 1.08 : 1] },
        },
        axes: [
          { ...axis, show: axes, size: 24, grid: { show: false }, space: 72, incrs: [1, 5, 10, 30, 60, 300, 600, 1800, 3600, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 1_209_600, 2_592_000, 7_776_000].map((seconds) => seconds * 1000), values: (_, times) => tickLabels(times) },
          { ...axis, show: axes, size: 56, space: 36, values: (_, values) => values.map((value) => latest.current.format(value)) },
        ],
        series: [
          {},
          ...series.map((one): uPlot.Series => ({
            label: one.name,
            stroke: colour(one.colour),
            fill: kind === 'bars' ? colour(one.colour) : undefined,
            width: kind === 'bars' ? 0 : 1.5,
            dash: one.dash,
            paths: bars,
            points: { show: kind === 'lines' && one.values.filter((value) => value !== null).length < 3 },
          })),
        ],
        cursor: { y: false, points: { show: kind === 'lines' }, drag: { x: brushes, y: false, setScale: false, dist: BRUSH_MIN_PX } },
        hooks: {
          setCursor: [
            (self) => {
              const { left, idx } = self.cursor;
              const index = left == null || left < 0 || idx == null ? -1 : kind === 'bars' ? Math.min(Math.floor((self.posToVal(left, 'x') - self.data[0][0]!) / step), self.data[0].length - 1) : idx;
              setAt(index < 0 ? null : { index, left: left! + self.bbox.left / devicePixelRatio, width: parent.clientWidth });
            },
          ],
          setSelect: [
            (self) => {
              if (self.select.width < BRUSH_MIN_PX) return;
              const from = self.posToVal(self.select.left, 'x');
              const to = self.posToVal(self.select.left + self.select.width, 'x');
              latest.current.onBrush?.(new Date(Math.floor(from)), new Date(Math.ceil(to)));
              self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            },
          ],
        },
      },
      data,
      parent,
    );
    const resized = new ResizeObserver(() => plot.setSize({ width: Math.max(1, parent.clientWidth), height }));
    resized.observe(parent);
    return () => {
      resized.disconnect();
      plot.destroy();
    };
    // New values alone are handed to a new plot as well: it is drawn within a millisecond.
  }, [data, drawn, kind, height, step, axes, brushes, theme]);

  return (
    <div className="chart" style={{ height }} role="img" aria-label={label} onPointerLeave={() => setAt(null)}>
      <div ref={box} className="chart-box" />
      {at && times[at.index] !== undefined && (
        <div className="chart-tip" aria-hidden="true" style={at.left > at.width / 2 ? { right: at.width - at.left + 12, top: 4 } : { left: at.left + 12, top: 4 }}>
          <div className="chart-tip-head">{timeLabel(times[at.index]!, step)}</div>
          {series.map((one) => {
            const value = one.values[at.index];
            return (
              <div key={one.name} style={{ display: 'contents' }}>
                <span>{one.name}</span>
                <b>{value == null ? NOTHING : format(value)}</b>
              </div>
            );
          })}
        </div>
      )}
    </div>
  );
}
