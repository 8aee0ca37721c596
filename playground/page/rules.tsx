import type { Play } from './play.js';
import type { Rule } from './server-side.js';

const kinds: readonly (readonly [Rule['kind'], string])[] = [
  ['replace', 'replace by'],
  ['drop', 'drop'],
  ['reject', 'reject'],
  ['whisper', 'hide from others'],
];
const mostRules = 20;

/** The rules of the hook server, to be changed while it runs. */
export function Rules({ play }: { readonly play: Play }) {
  const rules = play.rules.value;
  const put = (index: number, change: Partial<Rule>): void => {
    void play.setRules(rules.map((rule, at) => (at === index ? { ...rule, ...change } : rule)));
  };
  const remove = (index: number): void => {
    void play.setRules(rules.filter((_rule, at) => at !== index));
  };
  const add = (): void => {
    void play.setRules([...rules, { kind: 'replace', pattern: '', replacement: '', enabled: true }]);
  };
  return (
    <div class="rules">
      <h2>Your hook’s rules</h2>
      <ul>
        {rules.map((rule, index) => (
          <li key={index} class={play.matched.value.includes(index) ? 'matched' : ''}>
            <input
              type="checkbox"
              aria-label={`Rule ${String(index + 1)} is on`}
              checked={rule.enabled}
              onChange={({ currentTarget }) => {
                put(index, { enabled: currentTarget.checked });
              }}
            />
            <input
              class="pattern"
              aria-label={`Rule ${String(index + 1)}: text that a message contains`}
              placeholder="contains ..."
              maxLength={100}
              value={rule.pattern}
              onInput={({ currentTarget }) => {
                put(index, { pattern: currentTarget.value });
              }}
            />
            <select
              aria-label={`Rule ${String(index + 1)}: what to do`}
              value={rule.kind}
              onChange={({ currentTarget }) => {
                put(index, { kind: currentTarget.value as Rule['kind'] });
              }}
            >
              {kinds.map(([kind, title]) => (
                <option key={kind} value={kind}>
                  {title}
                </option>
              ))}
            </select>
            {rule.kind === 'replace' && (
              <input
                class="replacement"
                aria-label={`Rule ${String(index + 1)}: replacement`}
                placeholder="nothing"
                maxLength={100}
                value={rule.replacement ?? ''}
                onInput={({ currentTarget }) => {
                  put(index, { replacement: currentTarget.value });
                }}
              />
            )}
            <button
              type="button"
              aria-label={`Remove rule ${String(index + 1)}`}
              onClick={() => {
                remove(index);
              }}
            >
              ✕
            </button>
          </li>
        ))}
      </ul>
      <button type="button" class="add" disabled={rules.length >= mostRules} onClick={add}>
        Add a rule
      </button>
    </div>
  );
}
