// A payload: as messages if it is a conversation, as text to read, as JSON, or raw. What was chosen last is remembered.

import { lazy, Suspense, useMemo } from 'react';
import { useStored } from '@/lib/storage';
import { CopyButton } from '@/ui/copy';
import { Loading } from '@/ui/states';
import { messagesOf, type Message, type Part } from './messages';

const JsonViewer = lazy(() => import('@/ui/json_viewer'));
const Markdown = lazy(() => import('@/ui/markdown'));

type View = 'messages' | 'pretty' | 'json' | 'raw';
const NAMES: Record<View, string> = { messages: 'Messages', pretty: 'Pretty', json: 'JSON', raw: 'Raw' };
const RAW_SHOWN_MAX = 200_000; // characters on screen; copying gives the whole
const MARKDOWN_MAX = 50_000; // longer texts are shown as they are

export function Payload({ title, value, side }: { title: string; value: unknown; side?: 'input' | 'output' }) {
  const [wanted, setWanted] = useStored<View>('payload', 'messages');
  const messages = useMemo(() => (side ? messagesOf(value, side) : undefined), [value, side]);
  const views: View[] = messages ? ['messages', 'pretty', 'json', 'raw'] : ['pretty', 'json', 'raw'];
  const view = views.includes(wanted) ? wanted : 'json';
  return (
    <section className="payload" aria-label={title}>
      <div className="payload-head">
        <h2>{title}</h2>
        <div className="choices" role="group" aria-label={`Show ${title.toLowerCase()} as`}>
          {views.map((one) => (
            <button key={one} className="choice" aria-pressed={one === view} onClick={() => setWanted(one)}>
              {NAMES[one]}
            </button>
          ))}
        </div>
        <CopyButton what={title.toLowerCase()} text={() => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))} />
      </div>
      <Suspense fallback={<Loading what={title.toLowerCase()} />}>
        {view === 'messages' && messages && messages.map((message, index) => <MessageView key={index} message={message} />)}
        {view === 'pretty' && <Pretty value={value} label={title} />}
        {view === 'json' && <JsonViewer value={value} label={title} />}
        {view === 'raw' && <pre className="payload-raw" tabIndex={0} aria-label="Payload">{cut(JSON.stringify(value))}</pre>}
      </Suspense>
    </section>
  );
}

const cut = (text: string) => (text.length > RAW_SHOWN_MAX ? `${text.slice(0, RAW_SHOWN_MAX)}…` : text);

function MessageView({ message }: { message: Message }) {
  return (
    <div className={`message message-${['system', 'user', 'assistant', 'tool'].includes(message.role) ? message.role : 'other'}`}>
      <div className="message-role">
        {message.role}
        {message.name && <span className="faint"> {message.name}</span>}
      </div>
      <div className="message-parts">
        {message.parts.length === 0 && <span className="faint">empty</span>}
        {message.parts.map((part, index) => (
          <PartView key={index} part={part} />
        ))}
      </div>
    </div>
  );
}

function PartView({ part }: { part: Part }) {
  switch (part.kind) {
    case 'text':
      return <Text text={part.text} />;
    case 'image':
      return /^(data:image\/|blob:)/.test(part.url) ? (
        <img className="message-image" src={part.url} alt="Image of the message" />
      ) : (
        <a href={/^https?:/.test(part.url) ? part.url : undefined} target="_blank" rel="noopener noreferrer nofollow">
          {part.url}
        </a>
      );
    case 'call':
      return (
        <div className="message-call">
          <div>
            <span className="chip">call</span> <code>{part.name}</code>
          </div>
          <Pretty value={part.arguments} label={`Arguments of ${part.name}`} />
        </div>
      );
    case 'result':
      return (
        <div className="message-call">
          <div>
            <span className="chip">result</span> {part.name && <code>{part.name}</code>}
          </div>
          <Pretty value={part.value} label={`Result${part.name ? ` of ${part.name}` : ''}`} />
        </div>
      );
    case 'json':
      return <JsonViewer value={part.value} label="Part of a message" />;
  }
}

export function Text({ text }: { text: string }) {
  if (text.length > MARKDOWN_MAX) return <pre className="payload-raw" tabIndex={0} aria-label="Payload">{cut(text)}</pre>;
  return (
    <Suspense fallback={<p>{text}</p>}>
      <Markdown text={text} />
    </Suspense>
  );
}

// Texts as markdown, members of an object one under the other, anything deeper as JSON.
export function Pretty({ value, label }: { value: unknown; label: string }) {
  if (typeof value === 'string') return <Text text={value} />;
  if (typeof value !== 'object' || value === null) return <code>{value === undefined ? 'nothing' : String(value)}</code>;
  if (Array.isArray(value)) return <JsonViewer value={value} label={label} />;
  const entries = Object.entries(value);
  if (entries.length === 0 || entries.length > 40) return <JsonViewer value={value} label={label} />;
  return (
    <dl className="pretty">
      {entries.map(([key, item]) => (
        <div key={key} className="pretty-member">
          <dt>{key}</dt>
          <dd>{typeof item === 'string' ? <Text text={item} /> : typeof item === 'object' && item !== null ? <JsonViewer value={item} label={key} /> : <code>{String(item)}</code>}</dd>
        </div>
      ))}
    </dl>
  );
}
