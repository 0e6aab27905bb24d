// The files that were attached to a trace or a span: pictures and sound are shown, everything else can be taken along.

import { useQuery } from '@tanstack/react-query';
import { get } from '@/api/client';
import type { Attachment, Page } from '@/api/types';
import { bytes } from '@/lib/format';

const base = () => btoa(`${location.origin}/api`).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

export function Attachments({ projectId, kind, id }: { projectId: string; kind: 'trace' | 'span'; id: string }) {
  const list = useQuery({
    queryKey: ['attachments', kind, id],
    queryFn: ({ signal }) =>
      get<Page<Attachment>>('/v1/private/attachment/list', { project_id: projectId, entity_type: kind, entity_id: id, path: base(), page: 1, size: 100 }, signal),
  });
  if (list.error) return <p className="field-error details-note">Attachments: {list.error.message}</p>;
  const files = list.data?.content ?? [];
  if (files.length === 0) return null;
  return (
    <section className="payload" aria-label="Attachments">
      <div className="payload-head">
        <h2>Attachments</h2>
      </div>
      <ul className="attachments">
        {files.map((file) => (
          <li key={file.file_name} className="attachment">
            <Shown file={file} />
            <a href={own(file.link)} download={file.file_name} className="one-line">
              {file.file_name}
            </a>
            <span className="faint">
              {file.mime_type} · {bytes(file.file_size)}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

// The link as an address of the host that this page is from, whatever name of it the server gave.
function own(link: string): string {
  const { pathname, search } = new URL(link, location.href);
  return pathname + search;
}

function Shown({ file }: { file: Attachment }) {
  const type = file.mime_type ?? '';
  if (/^image\/(png|jpeg|gif|webp|avif|bmp)$/.test(type)) return <img className="attachment-image" src={own(file.link)} alt={file.file_name} loading="lazy" />;
  if (type.startsWith('audio/')) return <audio controls preload="none" src={own(file.link)} aria-label={file.file_name} />;
  if (type.startsWith('video/')) return <video className="attachment-image" controls preload="none" src={own(file.link)} aria-label={file.file_name} />;
  return null;
}
