import { stations, type Play, type Station, type Step } from './play.js';

const titles: Readonly<Record<Station, string>> = {
  sent: 'Message',
  hooks: 'Hooks',
  verdict: 'Verdict',
  stored: 'Stored',
  delivered: 'Delivered',
  webhook: 'Webhook',
  push: 'Push',
};

const signs: Readonly<Record<Step['state'], string>> = {
  waiting: '○',
  done: '●',
  stopped: '✕',
  skipped: '–',
};

const words: Readonly<Record<Step['state'], string>> = {
  waiting: 'not yet',
  done: 'done',
  stopped: 'ends here',
  skipped: 'not needed',
};

/** The way of the last message, as it happens. */
export function Pipeline({ play }: { readonly play: Play }) {
  const journey = play.journey.value;
  return (
    <div class="pipeline">
      <h2>The way of a message</h2>
      <p class="quoted">
        {journey === null ? 'Send something on either side.' : `${journey.sender.name}: “${journey.text}”`}
      </p>
      <ol aria-live="polite">
        {stations.map((station) => {
          const step = journey?.steps[station] ?? { state: 'waiting', detail: '', after: null };
          return (
            <li key={station} class={step.state} data-station={station}>
              <span class="sign" aria-hidden="true">
                {signs[step.state]}
              </span>
              <span class="title">{titles[station]}</span>
              <span class="hidden">{words[step.state]}</span>
              <span class="detail">{step.detail}</span>
              {step.after !== null && <span class="after">{Math.round(step.after)} ms</span>}
            </li>
          );
        })}
      </ol>
    </div>
  );
}
