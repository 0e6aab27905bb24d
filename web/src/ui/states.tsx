// What stands where data would: it is on its way, there is none, or it could not be had. Each says what to do.

import type { ReactNode } from 'react';
import { ApiError } from '@/api/client';
import { Icon, type IconName } from './icons';

export function Loading({ what }: { what: string }) {
  return (
    <div className="state" role="status">
      <p className="faint">Loading {what}…</p>
    </div>
  );
}

export function Empty({ title, icon = 'inbox', children, action }: { title: string; icon?: IconName; children?: ReactNode; action?: ReactNode }) {
  return (
    <div className="state">
      <span className="state-icon">
        <Icon name={icon} size={32} />
      </span>
      <h2>{title}</h2>
      {children && <p>{children}</p>}
      {action}
    </div>
  );
}

export function Failed({ what, error, retry }: { what: string; error: unknown; retry?: () => void }) {
  const gone = error instanceof ApiError && error.status === 404;
  return (
    <div className="state state-bad" role="alert">
      <span className="state-icon">
        <Icon name="warning" size={32} />
      </span>
      <h2>{gone ? `There is no such ${what}` : `Could not load the ${what}`}</h2>
      <p>{error instanceof Error ? error.message : String(error)}</p>
      {retry && !gone && (
        <button className="button" onClick={retry}>
          <Icon name="refresh" /> Try again
        </button>
      )}
    </div>
  );
}
