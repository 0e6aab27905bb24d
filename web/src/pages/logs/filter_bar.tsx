// The filter of a list, one text in Opik's query language, written in two ways: by choosing (a chip for each condition), or as text.

import { useState, type FormEvent } from 'react';
import { FIELDS, fieldOf, OPERATOR_TITLES, OPERATORS, parse, print, takesValue, type Condition, type QueryEntity } from '@/lib/oql';
import { useStored } from '@/lib/storage';
import { Icon } from '@/ui/icons';
import { Popover } from '@/ui/popover';
import { Tip } from '@/ui/tooltip';
import { OqlBox } from './oql_box';

interface Props {
  entity: QueryEntity;
  filter: string;
  refusal?: string; // what the server said about it
  onChange: (filter: string) => void;
}

export function FilterBar({ entity, filter, refusal, onChange }: Props) {
  const [asText, setAsText] = useStored('logs.oql', false);
  const { conditions, error } = parse(filter);
  // What cannot be shown as chips is shown as text.
  const text = asText || error !== undefined || refusal !== undefined;
  const change = (at: number, condition: Condition | undefined) => onChange(print(condition ? conditions.toSpliced(at, 1, condition) : conditions.toSpliced(at, 1)));
  return (
    <div className="filters" role="group" aria-label="Filters">
      {text ? (
        <OqlBox entity={entity} value={filter} refusal={refusal} onChange={onChange} />
      ) : (
        <>
          {conditions.map((condition, at) => (
            <span key={`${at} ${filter}`} className="filter-chip">
              <Popover label={`Change the filter ${titleOf(entity, condition)}`} className="filter-chip-text" button={<ConditionText entity={entity} condition={condition} />}>
                {(close) => <ConditionForm entity={entity} condition={condition} onDone={(next) => (close(), change(at, next))} />}
              </Popover>
              <button className="filter-chip-close" aria-label={`Remove the filter ${titleOf(entity, condition)}`} onClick={() => change(at, undefined)}>
                <Icon name="close" size={12} />
              </button>
            </span>
          ))}
          <Popover
            label="Add a filter"
            className="button button-plain"
            button={
              <>
                <Icon name="plus" /> Filter
              </>
            }
          >
            {(close) => <ConditionForm entity={entity} onDone={(next) => (close(), onChange(print([...conditions, next])))} />}
          </Popover>
        </>
      )}
      <Tip text={text ? 'Choose filters' : 'Write filters as text (OQL)'}>
        <button className="button button-plain filter-mode" aria-label="OQL: filters as text" aria-pressed={text} onClick={() => setAsText(!text)} disabled={error !== undefined || refusal !== undefined}>
          OQL
        </button>
      </Tip>
    </div>
  );
}

const nameOf = (entity: QueryEntity, name: string) => {
  const field = fieldOf(entity, name);
  return field ? (field.name.endsWith('.') ? `${field.title.replace('…', '')} ${name.slice(field.name.length)}` : field.title) : name;
};
const titleOf = (entity: QueryEntity, { field, operator, value }: Condition) => `${nameOf(entity, field)} ${OPERATOR_TITLES[operator]} ${value}`.trim();

function ConditionText({ entity, condition: { field, operator, value } }: { entity: QueryEntity; condition: Condition }) {
  return (
    <span className="one-line">
      {nameOf(entity, field)} <span className="faint">{OPERATOR_TITLES[operator]}</span> {value && <b>{value}</b>}
    </span>
  );
}

// <input type="datetime-local"> has the time of this browser without a zone.
const toLocal = (iso: string) => {
  const at = new Date(iso);
  return Number.isNaN(at.getTime()) ? '' : new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
};

function ConditionForm({ entity, condition, onDone }: { entity: QueryEntity; condition?: Condition; onDone: (condition: Condition) => void }) {
  const old = condition && fieldOf(entity, condition.field);
  const [name, setName] = useState(old?.name ?? FIELDS[entity][0]!.name);
  const [key, setKey] = useState(old && condition ? condition.field.slice(old.name.length) : '');
  const [operator, setOperator] = useState(condition?.operator ?? OPERATORS[FIELDS[entity][0]!.type][0]!);
  const [value, setValue] = useState(condition?.value ?? '');
  const field = FIELDS[entity].find((one) => one.name === name)!;
  const operators = OPERATORS[field.type];
  const wantsKey = name.endsWith('.');
  const chooses = field.choices && (operator === '=' || operator === '!=');
  const chosen = chooses && !field.choices!.includes(value) ? field.choices![0]! : value;
  const choose = (next: string) => {
    const type = FIELDS[entity].find((one) => one.name === next)!.type;
    setName(next);
    setKey('');
    if (!OPERATORS[type].includes(operator)) setOperator(OPERATORS[type][0]!);
    if (type !== field.type) setValue('');
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const written = !takesValue(operator) ? '' : field.type === 'time' ? new Date(value).toISOString() : chosen;
    onDone({ field: name + key.trim(), operator, value: written });
  };
  return (
    <form onSubmit={submit}>
      <select className="input" aria-label="Field" value={name} onChange={(event) => choose(event.target.value)}>
        {FIELDS[entity].map((one) => (
          <option key={one.name} value={one.name}>
            {one.title}
          </option>
        ))}
      </select>
      {wantsKey && (
        <input className="input" aria-label={field.type === 'json' ? 'Path in the JSON' : 'Name'} placeholder={field.type === 'json' ? 'user.id' : 'name'} required value={key} onChange={(event) => setKey(event.target.value)} />
      )}
      <select className="input" aria-label="Operator" value={operators.includes(operator) ? operator : operators[0]} onChange={(event) => setOperator(event.target.value)}>
        {operators.map((one) => (
          <option key={one} value={one}>
            {OPERATOR_TITLES[one]}
          </option>
        ))}
      </select>
      {takesValue(operator) &&
        (chooses ? (
          <select className="input" aria-label="Value" value={chosen} onChange={(event) => setValue(event.target.value)}>
            {field.choices!.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : (
          <input
            className="input"
            aria-label="Value"
            type={field.type === 'time' ? 'datetime-local' : 'text'}
            inputMode={['number', 'duration', 'score'].includes(field.type) ? 'decimal' : undefined}
            pattern={['number', 'duration', 'score'].includes(field.type) ? '[\\-+]?[0-9]*[.]?[0-9]+([eE][\\-+]?[0-9]+)?' : undefined}
            placeholder={operator === 'in' || operator === 'not_in' ? field.choices?.join(', ') : 'Value'}
            required
            value={field.type === 'time' ? toLocal(value) || value : value}
            onChange={(event) => setValue(event.target.value)}
          />
        ))}
      <button className="button button-primary">Apply</button>
    </form>
  );
}
