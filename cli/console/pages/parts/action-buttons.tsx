// What can be done with messages. Each leads to a plan; nothing happens before that is confirmed.
import type { PlanRequest } from '../../api.ts';
import { useConsole } from '../console-state.tsx';
import { type Choice, planRequest } from '../intent.ts';

/** The way to a plan. */
export function useActions() {
  const { place, go, setIntent } = useConsole();
  return (request: PlanRequest) => {
    setIntent({ request, from: place });
    go({ screen: 'plan', query: {} });
  };
}

/** The buttons, where actions are allowed. */
export function ActionButtons({ choice, isOne = false }: { choice: Choice; isOne?: boolean }) {
  const { overview } = useConsole();
  const begin = useActions();
  if (overview === undefined || !overview.target.actionsAllowed) return null;
  const canRedrive = overview.target.queueUrl !== null;
  const button = (action: PlanRequest['action'], label: string, those: Choice = choice) => (
    <button type="button" onClick={() => begin(planRequest(action, those))}>
      {label}
    </button>
  );
  return (
    <>
      {canRedrive && !isOne && button('redrive', 'Trial of one', { ...choice, limit: 1 })}
      {canRedrive && button('redrive', 'Redrive')}
      {button('export', 'Export')}
      {button('discard', 'Discard')}
      {!canRedrive && <span class="muted">Redriving needs the queue, which this console was not told.</span>}
    </>
  );
}
