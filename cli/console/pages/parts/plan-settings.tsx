// How a redrive is done: expiry, rate, delay, and for how long it is watched what comes back.
import { useId } from 'preact/hooks';
import type { PlanRequest } from '../../api.ts';
import { useConsole } from '../console-state.tsx';

type Choices = readonly (readonly [value: string, label: string])[];

const EXPIRIES: Choices = [
  ['keep', 'as it is'],
  ['1', 'in 1 h'],
  ['2', 'in 2 h'],
  ['8', 'in 8 h'],
  ['24', 'in 24 h'],
  ['none', 'none any more'],
];
const RATES: Choices = [
  ['', 'as fast as it goes'],
  ['1', '1 a second'],
  ['5', '5 a second'],
  ['20', '20 a second'],
  ['100', '100 a second'],
];
const DELAYS: Choices = [
  ['', 'none'],
  ['60', '1 min'],
  ['300', '5 min'],
  ['900', '15 min'],
];
const WATCHES: Choices = [
  ['0', 'do not watch'],
  ['30000', '30 s'],
  ['120000', '2 min'],
  ['600000', '10 min'],
  ['3600000', '1 h'],
];

const HOUR_MS = 3_600_000;

/** The settings; a change makes another plan. */
export function PlanSettings({
  request,
  onChange,
}: {
  request: PlanRequest;
  onChange: (changes: Partial<PlanRequest>) => void;
}) {
  const { now } = useConsole();
  const { expiresAt, perSecond, delaySeconds, watchForMs = 0 } = request;
  const expiry = expiresAt === undefined ? 'keep' : expiresAt === null ? 'none' : hoursUntil(expiresAt, now);
  return (
    <fieldset class="settings">
      <legend>How</legend>
      <Setting
        label="Expiry of each request"
        choices={EXPIRIES}
        value={expiry}
        onChoose={(value) => onChange({ expiresAt: expiryFor(value, now) })}
      />
      <Setting
        label="Rate"
        choices={RATES}
        value={perSecond === undefined ? '' : String(perSecond)}
        onChoose={(value) => onChange({ perSecond: value === '' ? undefined : Number(value) })}
      />
      <Setting
        label="Delay before each is delivered"
        choices={DELAYS}
        value={delaySeconds === undefined ? '' : String(delaySeconds)}
        onChoose={(value) => onChange({ delaySeconds: value === '' ? undefined : Number(value) })}
      />
      <Setting
        label="Watch what comes back for"
        choices={WATCHES}
        value={String(watchForMs)}
        onChoose={(value) => onChange({ watchForMs: Number(value) })}
      />
    </fieldset>
  );
}

function hoursUntil(expiresAt: string, now: number): string {
  const hours = (Date.parse(expiresAt) - now) / HOUR_MS;
  return EXPIRIES.map(([value]) => value).find((value) => Number(value) >= hours) ?? '24';
}

function expiryFor(value: string, now: number): string | null | undefined {
  if (value === 'keep') return undefined;
  return value === 'none' ? null : new Date(now + Number(value) * HOUR_MS).toISOString();
}

function Setting({
  label,
  choices,
  value,
  onChoose,
}: {
  label: string;
  choices: Choices;
  value: string;
  onChoose: (value: string) => void;
}) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select id={id} value={value} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {choices.map(([choice, text]) => (
          <option key={choice} value={choice}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}
