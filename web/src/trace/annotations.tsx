// Feedback scores and comments of a trace, a span or a thread: read and written.

import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { send } from '@/api/client';
import type { Comment, FeedbackScore, Thread } from '@/api/types';
import { score as scoreText } from '@/lib/format';
import { Icon } from '@/ui/icons';
import { ScoreName, ScoreValue, useScoreEntry } from '@/ui/score_entry';
import { Time } from '@/ui/time';
import { toastError } from '@/ui/toast';

// Where the scores and comments of one entity are written.
export interface Annotated {
  scores: { put: (score: FeedbackScore) => Promise<unknown>; remove: (name: string) => Promise<unknown> };
  comments: string; // the path of its comments
  commentsOfKind: string; // the path that changes and deletes comments of its kind
  stale: readonly unknown[][]; // queries that a write makes stale
}

export function annotatedRecord(kind: 'trace' | 'span', id: string, stale: readonly unknown[][]): Annotated {
  const path = `/v1/private/${kind}s`;
  return {
    scores: {
      put: (score) => send('PUT', `${path}/${id}/feedback-scores`, score),
      remove: (name) => send('POST', `${path}/${id}/feedback-scores/delete`, { name }),
    },
    comments: `${path}/${id}/comments`,
    commentsOfKind: `${path}/comments`,
    stale,
  };
}

export function annotatedThread(thread: Thread, project: { id: string; name: string }, stale: readonly unknown[][]): Annotated {
  const path = '/v1/private/traces/threads';
  return {
    scores: {
      put: (score) => send('PUT', `${path}/feedback-scores`, { scores: [{ ...score, thread_id: thread.id, project_id: project.id }] }),
      remove: (name) => send('POST', `${path}/feedback-scores/delete`, { names: [name], thread_id: thread.id, project_name: project.name }),
    },
    comments: `${path}/${thread.thread_model_id}/comments`,
    commentsOfKind: `${path}/comments`,
    stale,
  };
}

// `written` runs before what was written is read back, so that it never stands in a form and on the page at once.
function useWrite<T>(of: Annotated, write: (input: T) => Promise<unknown>, written?: () => void) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: write,
    onSuccess: () => (written?.(), Promise.all(of.stale.map((queryKey) => client.invalidateQueries({ queryKey })))),
    onError: toastError,
  });
}

export function Scores({ of, scores = [] }: { of: Annotated; scores?: FeedbackScore[] }) {
  const remove = useWrite(of, of.scores.remove);
  return (
    <section className="payload" aria-label="Feedback scores">
      <div className="payload-head">
        <h2>Scores</h2>
      </div>
      {scores.length > 0 && (
        <ul className="scores">
          {scores.map((one) => (
            <li key={one.name} className="score">
              <span className="score-name one-line">{one.name}</span>
              <b>{one.category_name ? `${one.category_name} (${scoreText(one.value)})` : scoreText(one.value)}</b>
              <span className="soft score-reason">{one.reason}</span>
              <button className="button button-icon" aria-label={`Delete score ${one.name}`} disabled={remove.isPending} onClick={() => remove.mutate(one.name)}>
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
      )}
      <ScoreForm of={of} />
    </section>
  );
}

function ScoreForm({ of }: { of: Annotated }) {
  const entry = useScoreEntry();
  const put = useWrite(of, of.scores.put, entry.clear);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (entry.score) put.mutate(entry.score);
  };
  return (
    <form className="score-form" onSubmit={submit}>
      <ScoreName entry={entry} aria-label="Name of the score" placeholder="Name" />
      <ScoreValue entry={entry} aria-label="Value" placeholder="Value" />
      <input className="input score-why" aria-label="Reason" placeholder="Reason (optional)" value={entry.reason} onChange={(event) => entry.setReason(event.target.value)} />
      <button className="button" disabled={!entry.score || put.isPending}>
        Score
      </button>
    </form>
  );
}

export function Comments({ of, comments = [] }: { of: Annotated; comments?: Comment[] }) {
  const [text, setText] = useState('');
  const add = useWrite(of, (said: string) => send('POST', of.comments, { text: said }), () => setText(''));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== '' && !add.isPending) add.mutate(text.trim());
  };
  return (
    <section className="payload" aria-label="Comments">
      <div className="payload-head">
        <h2>Comments</h2>
      </div>
      {comments.map((one) => (
        <CommentView key={one.id} of={of} comment={one} />
      ))}
      <form className="comment-form" onSubmit={submit}>
        <textarea
          className="input"
          aria-label="New comment"
          placeholder="Write a comment"
          rows={2}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => event.key === 'Enter' && (event.ctrlKey || event.metaKey) && submit(event)}
        />
        <button className="button" disabled={text.trim() === '' || add.isPending}>
          Comment
        </button>
      </form>
    </section>
  );
}

function CommentView({ of, comment }: { of: Annotated; comment: Comment }) {
  const [draft, setDraft] = useState<string>();
  const change = useWrite(of, (text: string) => send('PATCH', `${of.commentsOfKind}/${comment.id}`, { text }));
  const remove = useWrite(of, () => send('POST', `${of.commentsOfKind}/delete`, { ids: [comment.id] }));
  return (
    <article className="comment">
      <div className="comment-head faint">
        {comment.created_by && <span className="soft">{comment.created_by}</span>} <Time at={comment.created_at} />
        <span className="bar-space" />
        <button className="link" onClick={() => setDraft(comment.text)}>
          Edit
        </button>
        <button className="link" disabled={remove.isPending} onClick={() => remove.mutate(undefined)}>
          Delete
        </button>
      </div>
      {draft === undefined ? (
        <p className="comment-text">{comment.text}</p>
      ) : (
        <form
          className="comment-form"
          onSubmit={(event) => {
            event.preventDefault();
            if (draft.trim() !== '') change.mutate(draft.trim(), { onSuccess: () => setDraft(undefined) });
          }}
        >
          <textarea className="input" aria-label="Comment" rows={2} autoFocus value={draft} onChange={(event) => setDraft(event.target.value)} onKeyDown={(event) => event.key === 'Escape' && setDraft(undefined)} />
          <button className="button" disabled={draft.trim() === '' || change.isPending}>
            Save
          </button>
        </form>
      )}
    </article>
  );
}
