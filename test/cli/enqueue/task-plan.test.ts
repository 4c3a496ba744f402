import { expect, it } from 'vitest';
import { leftOutText, planText, type TaskPlan, TaskTally } from '../../../cli/enqueue/task-plan.ts';
import { AssignedTask } from '../../../client/tasks/find.ts';

const NOW = Date.parse('2026-11-29T12:00:00Z');
const LOOK = { width: undefined, colours: false };
const NONE = { count: 0, isAtLeast: false };

function tallied(changes: readonly Partial<AssignedTask>[]): TaskPlan {
  const tally = new TaskTally();
  for (const [index, each] of changes.entries()) {
    tally.add(
      new AssignedTask({
        userTaskKey: String(index + 1),
        assignee: 'demo',
        state: 'CREATED',
        processDefinitionId: 'request',
        tenantId: '<default>',
        creationDate: '2026-11-29T11:00:00Z',
        ...each,
      }),
    );
  }
  return tally.plan(NONE);
}

it('has the most frequent first', () => {
  const plan = tallied([{ assignee: 'anna' }, { assignee: 'bert' }, { assignee: 'bert' }]);
  expect(plan.byAssignee).toEqual([
    { assignee: 'bert', tasks: 2 },
    { assignee: 'anna', tasks: 1 },
  ]);
});

it('has the time of the oldest as the cluster says it, in whatever offset', () => {
  const [older, newer] = ['2026-11-29T11:30:00+01:00', '2026-11-29T11:00:00Z'];
  expect(tallied([{ creationDate: newer }, { creationDate: older }]).oldest).toBe(older);
});

it('shows ten of each, and how many more there are', () => {
  const people = Array.from({ length: 12 }, (_, index) => ({ assignee: `person-${index}` }));
  const text = planText(tallied(people), true, NOW, LOOK);
  expect(text.match(/person-\d+/g)).toHaveLength(10);
  expect(text).toContain('\n… and 2 more\n');
});

it('shows the first ten of those who have none, and that there are others', () => {
  const tally = new TaskTally(Array.from({ length: 12 }, (_, index) => `person-${index}`));
  const text = planText(tally.plan(NONE), true, NOW, LOOK);
  expect(text).toMatch(/\nWithout such a task: person-0, .*, person-9 and others\. /);
});

it('shows names that drive no terminal', () => {
  const text = planText(tallied([{ assignee: 'a\u001b[2Jb\nc' }]), true, NOW, LOOK);
  for (const obeyed of ['\u001b', 'b\nc']) expect(text).not.toContain(obeyed);
});

it('counts so many people one by one, and all tasks', () => {
  const people = Array.from({ length: 10_001 }, (_, index) => ({ assignee: `person-${index}` }));
  const { tasks, byAssignee } = tallied([...people, { assignee: 'person-10000' }, { assignee: 'person-7' }]);
  expect({ tasks, first: byAssignee[0] }).toEqual({
    tasks: 10_003,
    first: { assignee: 'person-7', tasks: 2 },
  });
});

it.each([
  [NONE, []],
  [{ count: 1, isAtLeast: false }, ['Left out: 1 task that a listener holds or that is being completed.']],
  [
    { count: 10_000, isAtLeast: true },
    ['Left out: at least 10,000 tasks that a listener holds or that are being completed.'],
  ],
])('says what is left out: %j', (leftOut, lines) => {
  expect(leftOutText(leftOut)).toEqual(lines);
});
