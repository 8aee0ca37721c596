import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { Person, Play } from './play.js';

/** One person's screen. */
export function PersonScreen({ play, person }: { readonly play: Play; readonly person: Person }) {
  const text = useSignal('');
  const list = useRef<HTMLDivElement>(null);
  const lines = person.lines.value;
  const isOnline = person.isOnline.value;
  useEffect(() => {
    list.current?.scrollTo({ top: list.current.scrollHeight });
  }, [lines]);

  const send = (submitted: Event): void => {
    submitted.preventDefault();
    const said = text.value.trim();
    if (said === '') return;
    text.value = '';
    void play.send(person, said);
  };
  const toggle = (): void => {
    if (isOnline) play.goOffline(person);
    else void play.goOnline(person);
  };

  return (
    <section class="person" aria-label={person.name}>
      <div class="bar">
        <h2>{person.name}</h2>
        <button type="button" role="switch" aria-checked={isOnline} class="presence" onClick={toggle}>
          {isOnline ? 'online' : 'offline'}
        </button>
      </div>
      <div ref={list} class="lines" role="log" aria-label={`${person.name}'s messages`} tabIndex={0}>
        <ol>
          {lines.map((line) => (
            <li
              key={line.key}
              class={`${line.isOwn ? 'own' : 'other'}${line.note === null ? '' : ' refused'}`}
            >
              <span class="text">{line.text}</span>
              {line.note !== null && <span class="note">{line.note}</span>}
            </li>
          ))}
        </ol>
        {lines.length === 0 && <p class="empty">Nothing said yet</p>}
      </div>
      <form onSubmit={send}>
        <input
          aria-label={`Message from ${person.name}`}
          placeholder={isOnline ? `Say something as ${person.name}` : `${person.name} is offline`}
          maxLength={500}
          disabled={!isOnline}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
        <button type="submit" disabled={!isOnline || text.value.trim() === ''}>
          Send
        </button>
      </form>
    </section>
  );
}
