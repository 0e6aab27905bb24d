// A field for Opik's query language: what could come next is offered while one writes, what is wrong is marked where it is.
// Enter applies; arrows and Tab take what is offered; Escape closes the offer, then takes back what was written.

import { useEffect, useId, useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import { complete, parse, place, type Completion, type QueryEntity } from '@/lib/oql';

interface Wrong {
  at: number;
  says: string;
}

function wrongOf(text: string, value: string, refusal: string | undefined, strict: boolean): Wrong | undefined {
  if (text === value && refusal !== undefined) return place(text, refusal) ?? { at: 0, says: refusal };
  const { error } = parse(text);
  // What is still being written is not wrong yet.
  return error && (strict || error.at < text.trimEnd().length) ? { at: error.at, says: `expected ${error.expected}` } : undefined;
}

export function OqlBox({ entity, value, refusal, onChange }: { entity: QueryEntity; value: string; refusal?: string; onChange: (filter: string) => void }) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const mirror = useRef<HTMLDivElement>(null);
  const [text, setText] = useState(value);
  const [offer, setOffer] = useState<{ from: number; options: Completion[] } | null>(null);
  const [active, setActive] = useState(-1);
  const [strict, setStrict] = useState(false); // Enter was pressed
  useEffect(() => setText(value), [value]);
  // Where the caret belongs after a completion: before the next key is read, or it would land at the end of the text.
  const caretAt = useRef<number | null>(null);
  useLayoutEffect(() => {
    if (caretAt.current !== null) input.current!.setSelectionRange(caretAt.current, caretAt.current);
    caretAt.current = null;
  }, [text]);
  const wrong = wrongOf(text, value, refusal, strict);

  const offerAt = (all: string, caret: number) => {
    const next = caret === all.length || /^\s/.test(all.slice(caret)) ? complete(entity, all.slice(0, caret)) : null;
    setOffer(next && next.options.length > 0 ? next : null);
    setActive(-1);
  };
  const write = (next: string, caret: number) => {
    setText(next);
    setStrict(false);
    offerAt(next, caret);
  };
  const take = (completion: Completion) => {
    const caret = input.current!.selectionStart ?? text.length;
    const before = text.slice(0, offer!.from) + completion.text;
    const after = text.slice(caret).replace(/^\s+/, before.endsWith(' ') ? '' : ' ');
    caretAt.current = before.length;
    write(before + after, before.length);
    input.current!.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const options = offer?.options ?? [];
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length > 0) {
      setActive((old) => (old + (event.key === 'ArrowDown' ? 1 : old < 0 ? 0 : -1) + options.length) % options.length);
    } else if (event.key === 'ArrowDown') {
      offerAt(text, input.current!.selectionStart ?? text.length);
    } else if ((event.key === 'Tab' && !event.shiftKey && options.length > 0 && text !== value) || (event.key === 'Enter' && active >= 0)) {
      take(options[Math.max(0, active)]!);
    } else if (event.key === 'Enter') {
      setOffer(null);
      setStrict(true);
      if (!parse(text).error) onChange(text.trim());
    } else if (event.key === 'Escape') {
      if (offer) setOffer(null);
      else if (text !== value) setText(value);
      else input.current!.blur();
    } else {
      return;
    }
    event.preventDefault();
  };
  const end = wrong && (text.slice(wrong.at).search(/\s|$/) || 1) + wrong.at;
  return (
    <div className="oql">
      <div ref={mirror} className="oql-mirror" aria-hidden="true">
        {wrong && (
          <>
            {text.slice(0, wrong.at)}
            <mark>{text.slice(wrong.at, end) || ' '}</mark>
          </>
        )}
      </div>
      <input
        ref={input}
        className="input oql-input"
        role="combobox"
        aria-label="Filter in OQL"
        aria-autocomplete="list"
        aria-expanded={offer !== null}
        aria-controls={`${id}-list`}
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong ? `${id}-wrong` : undefined}
        placeholder='duration > 2000 and name contains "answer"'
        spellCheck={false}
        autoComplete="off"
        value={text}
        onChange={(event) => write(event.target.value, event.target.selectionStart ?? event.target.value.length)}
        onFocus={(event) => offerAt(event.target.value, event.target.value.length)}
        onBlur={() => setOffer(null)}
        onKeyDown={onKey}
        onScroll={(event) => (mirror.current!.scrollLeft = event.currentTarget.scrollLeft)}
      />
      {(wrong || offer) && (
        <div className="oql-below">
          {wrong && (
            <p id={`${id}-wrong`} className="oql-wrong" role="status">
              At character {wrong.at + 1}: {wrong.says}
            </p>
          )}
          {offer && (
            <ul id={`${id}-list`} role="listbox" aria-label="What could come next">
              {offer.options.map((option, at) => (
                <li
                  key={option.text}
                  id={`${id}-${at}`}
                  role="option"
                  aria-selected={at === active}
                  className="oql-option"
                  ref={at === active ? (item) => item?.scrollIntoView({ block: 'nearest' }) : undefined}
                  onMouseDown={(event) => {
                    event.preventDefault();
                    take(option);
                  }}
                >
                  <code>{option.text}</code>
                  <span className="faint">{option.title}</span>
                </li>
              ))}
            </ul>
          )}
        </div>
      )}
    </div>
  );
}
