// Goal: the example is what a server accepts whole, and the same every time. Method: checks of its references, times and shares.

import { expect, it } from 'vitest';
import { exampleOf, uuid7 } from './data';

const NOW = Date.UTC(2026, 10, 29, 22, 0, 0);

it('is the same every time, and whole', () => {
  const example = exampleOf(NOW);
  expect(exampleOf(NOW)).toEqual(example);
  const traces = new Set(example.traces.map((trace) => trace.id));
  const spans = new Set(example.spans.map((span) => span.id));
  expect(traces.size).toBe(example.traces.length);
  expect(spans.size).toBe(example.spans.length);
  for (const span of example.spans) {
    expect(traces.has(span.trace_id)).toBe(true);
    if (span.parent_span_id) expect(spans.has(span.parent_span_id)).toBe(true);
    expect(Date.parse(span.end_time as string)).toBeGreaterThanOrEqual(Date.parse(span.start_time as string));
    expect(Date.parse(span.end_time as string)).toBeLessThanOrEqual(NOW);
  }
  for (const score of example.traceScores) expect(traces.has(score.id)).toBe(true);
});

it('has everything there is to see', () => {
  const { traces, spans } = exampleOf(NOW);
  expect(traces.length).toBeGreaterThan(80);
  const failed = traces.filter((trace) => trace.error_info).length;
  expect(failed).toBeGreaterThan(0);
  expect(failed).toBeLessThan(traces.length / 5);
  expect(new Set(spans.map((span) => span.type))).toEqual(new Set([undefined, 'llm', 'tool', 'guardrail']));
  expect(traces.filter((trace) => trace.thread_id).length).toBeGreaterThan(5);
});

it('makes ids of version 7', () => expect(uuid7(NOW, Math.random)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/));
