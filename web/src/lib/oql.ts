// Opik's query language, as far as the page helps to write it: conditions out of a text and back, what is wrong where, what could
// come next. The server decides what a query means (docs/queries.md); its errors say a byte, which `place` finds in the text.
//
//   parse('name contains "x" and duration > 2000')  ->  { conditions: [{ field: 'name', operator: 'contains', value: 'x' }, …] }
//   parse('name contains')                          ->  { error: { at: 13, expected: 'a value' } }

export type FieldType = 'text' | 'exact' | 'time' | 'number' | 'duration' | 'list' | 'json' | 'score' | 'choice' | 'error';
export type QueryEntity = 'traces' | 'spans' | 'threads';

export interface Field {
  name: string; // in the language; one that ends in "." wants a key
  title: string;
  type: FieldType;
  choices?: readonly string[];
}

export interface Condition {
  field: string; // with its key: metadata.user
  operator: string;
  value: string; // of in and not_in: joined by ", "
}

export interface OqlError {
  at: number;
  expected: string;
}

const SOURCES = ['sdk', 'experiment', 'playground', 'optimization', 'unknown'];
const times: Field[] = [
  { name: 'start_time', title: 'Start', type: 'time' },
  { name: 'end_time', title: 'End', type: 'time' },
  { name: 'created_at', title: 'Received', type: 'time' },
  { name: 'last_updated_at', title: 'Last change', type: 'time' },
];
const payloads: Field[] = [
  { name: 'input', title: 'Input', type: 'text' },
  { name: 'output', title: 'Output', type: 'text' },
  { name: 'input_json.', title: 'Input at…', type: 'json' },
  { name: 'output_json.', title: 'Output at…', type: 'json' },
  { name: 'metadata.', title: 'Metadata at…', type: 'json' },
];
const figures: Field[] = [
  { name: 'duration', title: 'Duration (ms)', type: 'duration' },
  { name: 'ttft', title: 'First token (ms)', type: 'duration' },
  { name: 'total_estimated_cost', title: 'Cost ($)', type: 'number' },
  { name: 'usage.total_tokens', title: 'Tokens', type: 'number' },
  { name: 'usage.', title: 'Usage of…', type: 'number' },
  { name: 'feedback_scores.', title: 'Score…', type: 'score' },
];
const errors: Field[] = [
  { name: 'error_info', title: 'Error', type: 'error' },
  { name: 'error_type', title: 'Error type', type: 'text' },
];

export const FIELDS: Record<QueryEntity, readonly Field[]> = {
  traces: [
    { name: 'name', title: 'Name', type: 'text' },
    ...figures.slice(0, 1),
    ...errors,
    { name: 'tags', title: 'Tags', type: 'list' },
    ...figures.slice(1),
    ...payloads,
    { name: 'thread_id', title: 'Thread', type: 'exact' },
    { name: 'llm_span_count', title: 'LLM spans', type: 'number' },
    { name: 'span_feedback_scores.', title: 'Score of spans…', type: 'score' },
    ...times,
    { name: 'id', title: 'Id', type: 'exact' },
    { name: 'source', title: 'Source', type: 'choice', choices: SOURCES },
  ],
  spans: [
    { name: 'name', title: 'Name', type: 'text' },
    { name: 'type', title: 'Type', type: 'choice', choices: ['general', 'llm', 'tool', 'guardrail'] },
    { name: 'model', title: 'Model', type: 'text' },
    { name: 'provider', title: 'Provider', type: 'text' },
    ...figures.slice(0, 1),
    ...errors,
    { name: 'tags', title: 'Tags', type: 'list' },
    ...figures.slice(1),
    ...payloads,
    ...times,
    { name: 'id', title: 'Id', type: 'text' },
    { name: 'trace_id', title: 'Trace', type: 'text' },
    { name: 'source', title: 'Source', type: 'choice', choices: SOURCES },
  ],
  threads: [
    { name: 'id', title: 'Thread', type: 'exact' },
    { name: 'status', title: 'Status', type: 'choice', choices: ['active', 'inactive'] },
    { name: 'number_of_messages', title: 'Messages', type: 'number' },
    ...figures.slice(0, 1),
    { name: 'first_message', title: 'First message', type: 'text' },
    { name: 'last_message', title: 'Last message', type: 'text' },
    { name: 'tags', title: 'Tags', type: 'list' },
    { name: 'feedback_scores.', title: 'Score…', type: 'score' },
    ...times,
  ],
};

const TEXT = ['contains', 'not_contains', '=', '!=', 'starts_with', 'ends_with'];
const NUMBER = ['>', '>=', '<', '<=', '=', '!='];
const EMPTY = ['is_not_empty', 'is_empty'];
export const OPERATORS: Record<FieldType, readonly string[]> = {
  text: TEXT,
  exact: ['=', '!=', 'contains', 'not_contains', 'starts_with', 'ends_with'],
  time: NUMBER,
  number: NUMBER,
  duration: NUMBER,
  list: ['contains', 'not_contains', ...EMPTY],
  json: [...TEXT, '>', '>=', '<', '<=', ...EMPTY],
  score: [...NUMBER, ...EMPTY],
  choice: ['=', '!=', 'in', 'not_in'],
  error: EMPTY,
};
// As the builder says them.
export const OPERATOR_TITLES: Record<string, string> = {
  '=': '=', '!=': '≠', '>': '>', '>=': '≥', '<': '<', '<=': '≤', contains: 'contains', not_contains: 'contains not', starts_with: 'begins with',
  ends_with: 'ends with', is_empty: 'is empty', is_not_empty: 'is there', in: 'is one of', not_in: 'is none of',
};
const ALL_OPERATORS = Object.keys(OPERATOR_TITLES);

export const takesValue = (operator: string) => operator !== 'is_empty' && operator !== 'is_not_empty';

// The field that a name means: metadata.user is of "metadata.".
export function fieldOf(entity: QueryEntity, name: string): Field | undefined {
  const fields = FIELDS[entity];
  return fields.find((field) => field.name === name) ?? fields.find((field) => field.name.endsWith('.') && name.startsWith(field.name) && name.length > field.name.length);
}

const isSpace = (c: string | undefined) => c !== undefined && /\s/.test(c);

// What the reading knows when it stops, for completion.
type Wants = 'field' | 'operator' | 'value' | 'and';
interface Reading {
  conditions: Condition[];
  error?: OqlError;
  wants: Wants; // at the end of the text
  wordAt: number; // where the unfinished word begins
  field: string; // of the condition that is being written
}

class Reader {
  at = 0;
  constructor(readonly text: string) {}

  skip() {
    while (isSpace(this.text[this.at])) ++this.at;
  }
  take(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }
  get done() {
    return this.at >= this.text.length;
  }
}

const NAME = /[A-Za-z0-9_]*/y;
const KEY = /[A-Za-z0-9_\-.[\]*$]*/y;
const SYMBOL = /!=|>=|<=|=|>|</y;
const NUMBERS = /[0-9.eE+-]+(?![A-Za-z0-9_])/y;
const WORD = /(?:true|false|null)(?![A-Za-z0-9_])/y;
const QUOTED = /"(?:[^"]|"")*"|'(?:[^']|'')*'/y;

const unquote = (text: string) => text.slice(1, -1).replaceAll(text[0]! + text[0]!, text[0]!);

function read(text: string): Reading {
  const reader = new Reader(text);
  const reading: Reading = { conditions: [], wants: 'field', wordAt: 0, field: '' };
  const fail = (expected: string) => {
    reading.error = { at: reader.at, expected };
    return reading;
  };
  const value = (): string | undefined => {
    const plain = reader.take(NUMBERS) || reader.take(WORD);
    if (plain) return plain;
    const quoted = reader.take(QUOTED);
    return quoted ? unquote(quoted) : undefined;
  };

  reader.skip();
  while (!reader.done) {
    Object.assign(reading, { wants: 'field', wordAt: reader.at });
    let field = reader.take(NAME);
    if (field === '') return fail('a field');
    if (reader.text[reader.at] === '.') {
      ++reader.at;
      const quoted = reader.take(QUOTED);
      const key = quoted ? unquote(quoted) : reader.take(KEY);
      if (key === '') return fail('a key');
      field += `.${key}`;
    }
    reading.field = field;
    if (reader.done) return fail('an operator');
    reader.skip();
    Object.assign(reading, { wants: 'operator', wordAt: reader.at });
    const begin = reader.at;
    const operator = reader.take(SYMBOL) || reader.take(NAME).toLowerCase();
    if (!ALL_OPERATORS.includes(operator)) {
      reader.at = begin;
      return fail('an operator');
    }
    if (!takesValue(operator)) {
      reading.conditions.push({ field, operator, value: '' });
    } else {
      if (reader.done && /\w$/.test(operator)) return fail('a value');
      reader.skip();
      Object.assign(reading, { wants: 'value', wordAt: reader.at });
      if (operator === 'in' || operator === 'not_in') {
        if (reader.text[reader.at] !== '(') return fail('(');
        const values: string[] = [];
        do {
          ++reader.at;
          reader.skip();
          reading.wordAt = reader.at;
          const one = value();
          if (one === undefined) return fail('a text in quotes or a number');
          values.push(one);
          reader.skip();
        } while (reader.text[reader.at] === ',');
        if (reader.text[reader.at] !== ')') return fail(', or )');
        ++reader.at;
        reading.conditions.push({ field, operator, value: values.join(', ') });
      } else {
        const one = value();
        if (one === undefined) return fail(reader.done ? 'a value' : 'a text in quotes or a number');
        reading.conditions.push({ field, operator, value: one });
      }
    }
    Object.assign(reading, { wants: 'and', wordAt: reader.at });
    if (reader.done) return reading;
    reader.skip();
    Object.assign(reading, { wordAt: reader.at });
    if (reader.done) return reading;
    const word = reader.at;
    if (reader.take(/[A-Za-z]*/y).toLowerCase() !== 'and') {
      reader.at = word;
      return fail('"and"');
    }
    if (reader.done) return fail('a field');
    reader.skip();
    Object.assign(reading, { wants: 'field', wordAt: reader.at });
    if (reader.done) return fail('a field');
  }
  return reading;
}

export function parse(text: string): { conditions: Condition[]; error?: OqlError } {
  const { conditions, error } = read(text);
  return error ? { conditions, error } : { conditions };
}

const quote = (text: string) => `"${text.replaceAll('"', '""')}"`;
const isNumber = (text: string) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text);

function printField(name: string): string {
  const dot = name.indexOf('.');
  if (dot < 0) return name;
  const key = name.slice(dot + 1);
  return `${name.slice(0, dot)}.${/^[A-Za-z0-9_\-.[\]*$]+$/.test(key) ? key : quote(key)}`;
}

export function printCondition({ field, operator, value }: Condition): string {
  const head = `${printField(field)} ${operator}`;
  if (!takesValue(operator)) return head;
  if (operator === 'in' || operator === 'not_in') return `${head} (${value.split(',').map((one) => quote(one.trim())).join(', ')})`;
  return `${head} ${isNumber(value) ? value : quote(value)}`;
}

export const print = (conditions: Condition[]) => conditions.map(printCondition).join(' and ');

export interface Completion {
  text: string; // put in place of what is between from and the caret
  title: string;
}

// What could stand where the text ends (the text before the caret).
export function complete(entity: QueryEntity, text: string): { from: number; options: Completion[] } {
  const reading = read(text);
  const word = text.slice(reading.wordAt);
  const fits = (name: string) => name.toLowerCase().startsWith(word.toLowerCase()) && name !== word;
  const options = (list: Completion[]) => ({ from: reading.wordAt, options: list.filter((one) => fits(one.text.trimEnd())) });
  // A field that is written in full, with no space behind it, may still become a longer one.
  if (reading.wants === 'field') return options(FIELDS[entity].map((field) => ({ text: field.name + (field.name.endsWith('.') ? '' : ' '), title: field.title })));
  if (reading.wants === 'operator') {
    const type = fieldOf(entity, reading.field)?.type;
    return options((type ? OPERATORS[type] : ALL_OPERATORS).map((name) => ({ text: `${name} `, title: OPERATOR_TITLES[name] === name ? '' : OPERATOR_TITLES[name]! })));
  }
  if (reading.wants === 'value') {
    const choices = fieldOf(entity, reading.field)?.choices ?? [];
    return options(choices.map((name) => ({ text: quote(name), title: '' })));
  }
  return isSpace(text[reading.wordAt - 1]) ? options([{ text: 'and ', title: 'one more condition' }]) : { from: text.length, options: [] };
}

// Where in the text the server's message points to, and what it says besides; nothing if it names no place.
export function place(text: string, message: string): { at: number; says: string } | undefined {
  const found = /:? at byte (\d+): (.*)$/s.exec(message) ?? /at byte (\d+)[^:]*:? ?(.*)$/s.exec(message);
  if (!found) return undefined;
  const bytes = new TextEncoder().encode(text).slice(0, Number(found[1]));
  return { at: new TextDecoder().decode(bytes).length, says: found[2]! };
}
