// What somebody sees who has no session: how to get one.
import type { ConsoleError } from './console-client.ts';
import { LinkForm } from './parts/link-form.tsx';

/** The page without a session. */
export function Welcome({
  exchange,
  problem,
}: {
  exchange: (token: string) => void;
  problem: ConsoleError | undefined;
}) {
  return (
    <main class="plain-page">
      <h1>This page needs a fresh link</h1>
      <p>
        The console opens for whoever has the link that its terminal prints. Each link works once. Go to the
        terminal in which <code>camunda-unassign console</code> runs, press Enter, and open the link that it
        prints, or paste it here.
      </p>
      <LinkForm exchange={exchange} problem={problem} />
      <p class="muted">
        Is no console running any more? Start one: <code>camunda-unassign console --help</code> says how.
      </p>
    </main>
  );
}
