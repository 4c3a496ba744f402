// The command line's filter as a form. What is given stands in the address, so that a view can be bookmarked.
import { useEffect, useId, useState } from 'preact/hooks';
import type { FilterQuery } from '../../api.ts';
import { useConsole } from '../console-state.tsx';
import { CONDITION_NAMES, CONDITIONS, type Condition, conditionsOf, filterIn, toggled } from '../filter.ts';
import { KINDS } from '../kinds.ts';
import { Foreign } from './text.tsx';

/** The filter that the address names. */
export function useFilter(): { readonly filter: FilterQuery; setFilter(filter: FilterQuery): void } {
  const { place, go } = useConsole();
  const others = Object.entries(place.query).filter(([name]) => !CONDITION_NAMES.some((one) => one === name));
  return {
    filter: filterIn(place.query),
    setFilter: (filter) =>
      go({ ...place, query: { ...Object.fromEntries(others), ...Object.fromEntries(conditionsOf(filter)) } }),
  };
}

/** Conditions in the row that is always there; the others are below. */
const FIRST: readonly Condition[] = ['match', 'status', 'key', 'sender'];
const VERDICTS = ['gone', 'free', 'theirs', 'busy', 'unknown'] as const;

/** The form. */
export function FilterBar() {
  const { filter, setFilter } = useFilter();
  const [draft, setDraft] = useState<FilterQuery>(filter);
  const given = conditionsOf(filter);
  const words = JSON.stringify(given);
  useEffect(() => setDraft(filter), [words]);
  const apply = (changed: FilterQuery) => {
    setDraft(changed);
    setFilter(changed);
  };
  const field = (name: Condition) => (
    <Field
      key={name}
      name={name}
      value={draft[name] ?? ''}
      onInput={(value) => setDraft({ ...draft, [name]: value })}
      onChange={() => apply(draft)}
    />
  );
  const rest = CONDITION_NAMES.filter((name) => ![...FIRST, 'kind', 'not-kind', 'verdict'].includes(name));
  return (
    <search class="filter">
      <form
        aria-label="Filter"
        onSubmit={(event) => {
          event.preventDefault();
          apply(draft);
        }}
      >
        <div class="filter-row">
          {FIRST.map(field)}
          <button type="submit">Filter</button>
        </div>
        <details class="filter-more" open={given.some(([name]) => !FIRST.includes(name)) || undefined}>
          <summary>Kinds, times and more</summary>
          <div class="filter-row">{rest.map(field)}</div>
          <Choices
            legend="Kind"
            values={KINDS}
            chosen={draft.kind}
            onToggle={(kind) => apply({ ...draft, kind: toggled(draft.kind, kind) })}
          />
          <Choices
            legend="Not of kind"
            values={KINDS}
            chosen={draft['not-kind']}
            onToggle={(kind) => apply({ ...draft, 'not-kind': toggled(draft['not-kind'], kind) })}
          />
          <Choices
            legend="Verdict, of those that the cluster was asked about"
            values={VERDICTS}
            chosen={draft.verdict}
            onToggle={(verdict) => apply({ ...draft, verdict: toggled(draft.verdict, verdict) })}
          />
        </details>
      </form>
      {given.length > 0 && (
        <ul class="chips" aria-label="Conditions that are given">
          {given.map(([name, value]) => (
            <li key={name} class="chip">
              <span>
                {CONDITIONS[name].label}: <Foreign text={value} />
              </span>
              <button
                type="button"
                aria-label={`Remove the condition “${CONDITIONS[name].label}”`}
                onClick={() => apply({ ...filter, [name]: '' })}
              >
                ×
              </button>
            </li>
          ))}
          <li>
            <button type="button" class="quiet" onClick={() => apply({})}>
              Remove all
            </button>
          </li>
        </ul>
      )}
    </search>
  );
}

function Field({
  name,
  value,
  onInput,
  onChange,
}: {
  name: Condition;
  value: string;
  onInput: (value: string) => void;
  onChange: () => void;
}) {
  const id = useId();
  const { label, hint } = CONDITIONS[name];
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        id={id}
        type="text"
        name={name}
        value={value}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => onInput(currentTarget.value)}
        onChange={onChange}
      />
    </div>
  );
}

function Choices({
  legend,
  values,
  chosen,
  onToggle,
}: {
  legend: string;
  values: readonly string[];
  chosen: string | undefined;
  onToggle: (value: string) => void;
}) {
  const given = (chosen ?? '').split(',').map((value) => value.trim());
  return (
    <fieldset class="choices">
      <legend>{legend}</legend>
      {values.map((value) => (
        <label key={value}>
          <input type="checkbox" checked={given.includes(value)} onChange={() => onToggle(value)} /> {value}
        </label>
      ))}
    </fieldset>
  );
}
