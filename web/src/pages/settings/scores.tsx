// The scales that people score by (feedback definitions): listed, made, changed, deleted.

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '@/api/client';
import { scoreScalesQuery } from '@/api/queries';
import type { ScoreScale } from '@/api/types';
import { useKeys } from '@/lib/keys';
import { FormDialog } from '@/ui/dialog';
import { Icon } from '@/ui/icons';
import { Menu } from '@/ui/menu';
import { Empty, Failed, Loading } from '@/ui/states';
import { Time } from '@/ui/time';
import { toast } from '@/ui/toast';

type Draft = Omit<ScoreScale, 'id' | 'created_at' | 'last_updated_at'>;
const PATH = '/v1/private/feedback-definitions';
const TYPES: [ScoreScale['type'], string][] = [
  ['numerical', 'Number'],
  ['categorical', 'Categories'],
  ['boolean', 'Yes or no'],
];

function valuesOf({ type, details }: ScoreScale): string {
  if (type === 'numerical') return `${details.min} to ${details.max}`;
  if (type === 'boolean') return `${details.true_label} (1), ${details.false_label} (0)`;
  return Object.entries(details.categories ?? {}).map(([name, value]) => `${name} (${value})`).join(', ');
}

export function ScoreScales() {
  const scales = useQuery(scoreScalesQuery());
  const [doing, setDoing] = useState<{ what: 'edit'; scale?: ScoreScale } | { what: 'delete'; scale: ScoreScale } | null>(null);
  const close = () => setDoing(null);
  useKeys({ n: { what: 'New scale', run: () => setDoing({ what: 'edit' }) } });
  if (scales.isPending) return <Loading what="the scales" />;
  if (scales.error) return <Failed what="scales" error={scales.error} retry={() => void scales.refetch()} />;
  const make = (
    <button className="button button-primary" onClick={() => setDoing({ what: 'edit' })}>
      <Icon name="plus" /> New scale
    </button>
  );
  return (
    <>
      {scales.data.content.length === 0 ? (
        <Empty title="No scales yet" icon="star" action={make}>
          A scale says how people score: a number from 0 to 1, good or bad, yes or no. It is offered wherever something is scored.
        </Empty>
      ) : (
        <>
          <div className="page-head">
            <p className="soft settings-lead">What people score by. Scores under other names can be written too.</p>
            {make}
          </div>
          <table className="table scales">
            <thead>
              <tr>
                <th scope="col">Name</th>
                <th scope="col">Type</th>
                <th scope="col">Values</th>
                <th scope="col" className="wide-only">
                  Changed
                </th>
                <th scope="col">
                  <span className="visually-hidden">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {scales.data.content.map((scale) => (
                <tr key={scale.id}>
                  <td title={scale.description}>
                    <b>{scale.name}</b>
                  </td>
                  <td>{TYPES.find(([type]) => type === scale.type)?.[1]}</td>
                  <td className="scales-values">{valuesOf(scale)}</td>
                  <td className="wide-only">
                    <Time at={scale.last_updated_at} />
                  </td>
                  <td className="scales-actions">
                    <Menu
                      label={`Actions for ${scale.name}`}
                      align="end"
                      button={<Icon name="more" />}
                      items={[
                        { label: 'Change…', run: () => setDoing({ what: 'edit', scale }) },
                        { label: 'Delete…', danger: true, run: () => setDoing({ what: 'delete', scale }) },
                      ]}
                    />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      {doing?.what === 'edit' && <ScaleDialog scale={doing.scale} onClose={close} />}
      {doing?.what === 'delete' && <DeleteDialog scale={doing.scale} onClose={close} />}
    </>
  );
}

function useScaleWrite<T>(write: (input: T) => Promise<unknown>, said: string, onClose: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['scales'] });
      toast(said);
      onClose();
    },
  });
}

interface Category {
  name: string;
  value: string;
}
const FIRST_CATEGORIES: Category[] = [{ name: 'good', value: '1' }, { name: 'bad', value: '0' }];

function ScaleDialog({ scale, onClose }: { scale?: ScoreScale; onClose: () => void }) {
  const old = scale?.details ?? {};
  const [name, setName] = useState(scale?.name ?? '');
  const [description, setDescription] = useState(scale?.description ?? '');
  const [type, setType] = useState<ScoreScale['type']>(scale?.type ?? 'numerical');
  const [bounds, setBounds] = useState({ min: String(old.min ?? 0), max: String(old.max ?? 1) });
  const [labels, setLabels] = useState({ true_label: old.true_label ?? 'yes', false_label: old.false_label ?? 'no' });
  const [categories, setCategories] = useState(old.categories ? Object.entries(old.categories).map(([key, value]) => ({ name: key, value: String(value) })) : FIRST_CATEGORIES);
  const details = (): ScoreScale['details'] => {
    if (type === 'numerical') return { min: Number(bounds.min), max: Number(bounds.max) };
    if (type === 'boolean') return labels;
    return { categories: Object.fromEntries(categories.filter((one) => one.name.trim() !== '').map((one) => [one.name.trim(), Number(one.value)])) };
  };
  const write = useScaleWrite(
    (draft: Draft) => (scale ? send('PUT', `${PATH}/${scale.id}`, draft) : send('POST', PATH, draft)),
    scale ? `Changed ${name.trim()}` : `Made scale ${name.trim()}`,
    onClose,
  );
  const change = (at: number, part: Partial<Category>) => setCategories(categories.map((one, index) => (index === at ? { ...one, ...part } : one)));
  return (
    <FormDialog
      title={scale ? `Change ${scale.name}` : 'New scale'}
      does={scale ? 'Save' : 'Create'}
      busy={write.isPending}
      error={write.error}
      disabled={name.trim() === ''}
      onSubmit={() => write.mutate({ name: name.trim(), description: description.trim() || undefined, type, details: details() })}
      onClose={onClose}
    >
      <label className="field">
        <span className="field-label">Name</span>
        <input className="input" autoFocus required value={name} onChange={(event) => setName(event.target.value)} />
      </label>
      <label className="field">
        <span className="field-label">Description</span>
        <input className="input" value={description} onChange={(event) => setDescription(event.target.value)} />
      </label>
      <label className="field">
        <span className="field-label">Type</span>
        <select className="input" value={type} onChange={(event) => setType(event.target.value as ScoreScale['type'])}>
          {TYPES.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
      {type === 'numerical' && (
        <div className="scale-pair">
          {(['min', 'max'] as const).map((bound) => (
            <label key={bound} className="field">
              <span className="field-label">{bound === 'min' ? 'From' : 'To'}</span>
              <input className="input" type="number" step="any" required value={bounds[bound]} onChange={(event) => setBounds({ ...bounds, [bound]: event.target.value })} />
            </label>
          ))}
        </div>
      )}
      {type === 'boolean' && (
        <div className="scale-pair">
          {(['true_label', 'false_label'] as const).map((label) => (
            <label key={label} className="field">
              <span className="field-label">{label === 'true_label' ? 'Word for 1' : 'Word for 0'}</span>
              <input className="input" required value={labels[label]} onChange={(event) => setLabels({ ...labels, [label]: event.target.value })} />
            </label>
          ))}
        </div>
      )}
      {type === 'categorical' && (
        <fieldset className="scale-categories">
          <legend className="field-label">Categories</legend>
          {categories.map((category, at) => (
            <div key={at} className="scale-category">
              <input className="input" aria-label={`Category ${at + 1}`} value={category.name} onChange={(event) => change(at, { name: event.target.value })} />
              <input className="input" aria-label={`Value ${at + 1}`} type="number" step="any" required value={category.value} onChange={(event) => change(at, { value: event.target.value })} />
              <button type="button" className="button button-icon" aria-label={`Remove category ${at + 1}`} onClick={() => setCategories(categories.toSpliced(at, 1))}>
                <Icon name="close" />
              </button>
            </div>
          ))}
          <button type="button" className="button button-plain" onClick={() => setCategories([...categories, { name: '', value: '0' }])}>
            <Icon name="plus" /> Category
          </button>
        </fieldset>
      )}
    </FormDialog>
  );
}

function DeleteDialog({ scale, onClose }: { scale: ScoreScale; onClose: () => void }) {
  const remove = useScaleWrite(() => send('DELETE', `${PATH}/${scale.id}`), `Deleted ${scale.name}`, onClose);
  return (
    <FormDialog title={`Delete ${scale.name}?`} does="Delete" danger busy={remove.isPending} error={remove.error} onSubmit={() => remove.mutate(undefined)} onClose={onClose}>
      <p>The scale will no longer be offered. Scores that were given stay.</p>
    </FormDialog>
  );
}
