// What is wrong with the console itself, and what to do about it.
import type { ConsoleError } from '../console-client.ts';
import { asConsoleError, useConsole } from '../console-state.tsx';
import { spanText } from '../words.ts';
import { LinkForm } from './link-form.tsx';

/** From then on it is said that the console ends, in milliseconds. */
const SAY_END_BEFORE_MS = 5 * 60_000;

/** All that is wrong at the moment. */
export function Notices({
  exchange,
  exchangeProblem,
}: {
  exchange: (token: string) => void;
  exchangeProblem: ConsoleError | undefined;
}) {
  const { outage, overview } = useConsole();
  return (
    <div class="notices">
      <div role="alert">
        {outage !== undefined && outage.code !== 'unauthorized' && (
          <div class="notice notice-bad">
            <strong>{outage.code === 'lost' ? 'The console is gone.' : 'The console is ending.'}</strong>{' '}
            {outage.message}
          </div>
        )}
        {outage === undefined && overview?.samplingError && (
          <div class="notice notice-warn">
            <strong>The queues cannot be counted.</strong> {overview.samplingError}
          </div>
        )}
      </div>
      {outage?.code === 'unauthorized' && (
        <section class="notice notice-bad" aria-labelledby="session-ended">
          <h2 id="session-ended">This page’s session has ended</h2>
          <p>
            What you see and what you have typed stays. Go to the terminal in which the console runs, press
            Enter, and open the fresh link that it prints, or paste it here.
          </p>
          <LinkForm exchange={exchange} problem={exchangeProblem} />
        </section>
      )}
      {outage === undefined && exchangeProblem !== undefined && (
        <div class="notice notice-warn" role="alert">
          That link was no use: {exchangeProblem.message} The session of this page goes on.
        </div>
      )}
      <EndSoon />
    </div>
  );
}

/** Reading does not keep the console from ending, so that a forgotten page does not keep it for ever. */
function EndSoon() {
  const { outage, overview, now, client, announce } = useConsole();
  const left = overview === undefined ? Number.POSITIVE_INFINITY : Date.parse(overview.endsAt) - now;
  if (outage !== undefined || left > SAY_END_BEFORE_MS) return null;
  const stay = () =>
    client.ask('GET /api/history', {}).then(
      () => announce('The console stays.'),
      (error: unknown) => announce(asConsoleError(error).message),
    );
  return (
    <div class="notice notice-warn">
      Nobody has done anything for a while: the console ends in {spanText(Math.max(0, left))}.{' '}
      <button type="button" onClick={stay}>
        Keep it
      </button>
    </div>
  );
}
