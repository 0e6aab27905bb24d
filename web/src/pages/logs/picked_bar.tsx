// What can be done with the rows that were picked: tag, score, delete, export. And the export of a whole list.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { count } from '@/lib/format';
import { save, toCsv } from '@/lib/export';
import { useKeys } from '@/lib/keys';
import { FormDialog } from '@/ui/dialog';
import { Icon } from '@/ui/icons';
import { Menu } from '@/ui/menu';
import { ScoreName, ScoreValue, useScoreEntry } from '@/ui/score_entry';
import { toast, toastError } from '@/ui/toast';
import type { Tab } from '../logs_search';
import type { Choice } from './list';
import { addScore, addTags, allRows, deleteRows, EXPORT_MAX, wholeRows, type Row, type ScoreInput } from './writes';

type Format = 'JSON' | 'CSV';
const nameOf = (tab: Tab, length: number) => `${count(length)} ${length === 1 ? tab.slice(0, -1) : tab}`;

function saveRows(tab: Tab, rows: Row[], format: Format) {
  if (format === 'CSV') save(`${tab}.csv`, 'text/csv', toCsv(rows));
  else save(`${tab}.json`, 'application/json', JSON.stringify(rows, null, 2));
  toast(`Exported ${nameOf(tab, rows.length)} as ${format}`);
}

function ExportMenu({ run }: { run: (format: Format) => void }) {
  return (
    <Menu
      label="Export"
      align="end"
      className="button"
      button={
        <>
          <Icon name="download" /> <span className="wide-only">Export</span>
        </>
      }
      items={(['JSON', 'CSV'] as const).map((format) => ({ label: `As ${format}`, run: () => run(format) }))}
    />
  );
}

// All that the filter lets through, in the order of the list.
export function ExportAll({ choice, sort, total }: { choice: Choice; sort: string | undefined; total: number }) {
  const [done, setDone] = useState<number | null>(null);
  const run = async (format: Format) => {
    setDone(0);
    try {
      const rows = await allRows(choice, sort, setDone);
      saveRows(choice.tab, rows, format);
      if (total > EXPORT_MAX) toast(`There are more: only the first ${count(EXPORT_MAX)} were exported`, true);
    } catch (error) {
      toastError(error);
    } finally {
      setDone(null);
    }
  };
  return done === null ? <ExportMenu run={(format) => void run(format)} /> : <span className="faint" role="status">Exporting {count(done)} of {count(total)}…</span>;
}

interface Props {
  tab: Tab;
  projectId: string;
  projectName: string;
  rows: Row[];
  clear: () => void;
}

export function PickedBar({ tab, projectId, projectName, rows, clear }: Props) {
  const [doing, setDoing] = useState<'tag' | 'score' | 'delete' | null>(null);
  const client = useQueryClient();
  useKeys({
    t: { what: 'Tag what is picked', run: () => setDoing('tag') },
    s: { what: 'Score what is picked', run: () => setDoing('score') },
    x: { what: 'Pick nothing', run: clear },
  });
  const done = (what: string, gone = false) => {
    toast(`${what} ${nameOf(tab, rows.length)}`);
    setDoing(null);
    if (gone) clear();
    void client.invalidateQueries({ queryKey: [tab] });
    void client.invalidateQueries({ queryKey: ['projects'] });
  };
  const exportPicked = async (format: Format) => {
    try {
      saveRows(tab, await wholeRows(tab, rows), format);
    } catch (error) {
      toastError(error);
    }
  };
  const close = () => setDoing(null);
  return (
    <>
      <span role="status">
        <b>{count(rows.length)}</b> picked
      </span>
      <button className="button" onClick={() => setDoing('tag')}>
        <Icon name="tag" /> Tag
      </button>
      <button className="button" onClick={() => setDoing('score')}>
        <Icon name="star" /> Score
      </button>
      {tab !== 'spans' && (
        <button className="button button-danger" aria-label="Delete" onClick={() => setDoing('delete')}>
          <Icon name="trash" /> <span className="wide-only">Delete</span>
        </button>
      )}
      <ExportMenu run={(format) => void exportPicked(format)} />
      <span className="bar-space wide-only" />
      <button className="button button-plain" aria-label="Clear" onClick={clear}>
        <Icon name="close" /> <span className="wide-only">Clear</span>
      </button>
      {doing === 'tag' && <TagDialog title={`Tag ${nameOf(tab, rows.length)}`} write={(tags) => addTags(tab, projectId, rows, tags)} onDone={() => done('Tagged')} onClose={close} />}
      {doing === 'score' && <ScoreDialog title={`Score ${nameOf(tab, rows.length)}`} write={(score) => addScore(tab, projectName, rows, score)} onDone={() => done('Scored')} onClose={close} />}
      {doing === 'delete' && <DeleteDialog what={nameOf(tab, rows.length)} write={() => deleteRows(tab, projectId, rows)} onDone={() => done('Deleted', true)} onClose={close} />}
    </>
  );
}

interface DialogProps<T> {
  write: (input: T) => Promise<unknown>;
  onDone: () => void;
  onClose: () => void;
}

function TagDialog({ title, write, onDone, onClose }: DialogProps<string[]> & { title: string }) {
  const [text, setText] = useState('');
  const tags = [...new Set(text.split(',').map((tag) => tag.trim()).filter((tag) => tag !== ''))];
  const adding = useMutation({ mutationFn: write, onSuccess: onDone });
  return (
    <FormDialog title={title} does="Add" busy={adding.isPending} error={adding.error} disabled={tags.length === 0} onSubmit={() => adding.mutate(tags)} onClose={onClose}>
      <label className="field">
        <span className="field-label">Tags</span>
        <input className="input" autoFocus autoComplete="off" placeholder="reviewed, regression" value={text} onChange={(event) => setText(event.target.value)} />
        <span className="faint">Separated by commas. They are added to those that are there.</span>
      </label>
    </FormDialog>
  );
}

function ScoreDialog({ title, write, onDone, onClose }: DialogProps<ScoreInput> & { title: string }) {
  const entry = useScoreEntry();
  const scoring = useMutation({ mutationFn: write, onSuccess: onDone });
  const submit = () => entry.score && scoring.mutate(entry.score);
  return (
    <FormDialog title={title} does="Score" busy={scoring.isPending} error={scoring.error} disabled={!entry.score} onSubmit={submit} onClose={onClose}>
      <label className="field">
        <span className="field-label">Score</span>
        <ScoreName entry={entry} autoFocus placeholder="quality" />
      </label>
      <label className="field">
        <span className="field-label">Value</span>
        <ScoreValue entry={entry} />
      </label>
      <label className="field">
        <span className="field-label">Reason</span>
        <textarea className="input" rows={2} value={entry.reason} onChange={(event) => entry.setReason(event.target.value)} />
      </label>
    </FormDialog>
  );
}

function DeleteDialog({ what, write, onDone, onClose }: DialogProps<void> & { what: string }) {
  const deleting = useMutation({ mutationFn: write, onSuccess: onDone });
  return (
    <FormDialog title={`Delete ${what}?`} does="Delete" danger busy={deleting.isPending} error={deleting.error} onSubmit={() => deleting.mutate()} onClose={onClose}>
      <p>They will be gone for good, with their spans, scores and attachments.</p>
    </FormDialog>
  );
}
