// Finds the tasks of a selection, sets them aside, and says what was found or why there may be nothing.
import type { SearchOptions, TaskSearch } from '../../client/cluster/search.ts';
import { oneLine } from '../../client/contract/text.ts';
import { countInTransition, findAssignedTasks } from '../../client/tasks/find.ts';
import type { AssignedTask } from '../../client/tasks/index.ts';
import { readSelection, type TaskSelection } from '../../client/tasks/selection.ts';
import { type ClusterChoice, withCluster } from '../cluster.ts';
import { UsageError } from '../exit-codes.ts';
import { spanText, startProgress } from '../progress.ts';
import { type Surroundings, say } from '../surroundings.ts';
import { setTasksAside } from './found-tasks.ts';
import type { Input } from './input.ts';
import { leftOutText, type TaskPlan, TaskTally } from './task-plan.ts';

/** Tasks that were found. */
export interface FoundTasks {
  /** To be closed. */
  readonly input: Input;
  readonly plan: TaskPlan;
  /** Where there are none: what to think of. */
  readonly whyNone: string | undefined;
}

/**
 * Searches the cluster, and tells how far it has come.
 *
 * @throws CommandError where the cluster cannot be searched
 */
export async function findTasks(
  selection: TaskSelection,
  choice: ClusterChoice,
  surroundings: Surroundings,
): Promise<FoundTasks> {
  const problems: string[] = [];
  const read = readSelection(selection, problems);
  if (problems.length > 0) throw new UsageError(problems.join('\n'));
  return withCluster(choice, surroundings, async ({ tasks: search }) => {
    const tally = new TaskTally(read.assignees);
    const progress = startProgress(surroundings, 'found', undefined);
    const options: SearchOptions = {
      timeoutMs: choice.cluster.callTimeoutMs,
      signal: surroundings.signal,
      onRetry(error, waitMs) {
        progress.stop();
        say(surroundings, `${error.message}. Trying again in ${spanText(waitMs)}.`);
      },
    };
    async function* counted(): AsyncGenerator<AssignedTask> {
      for await (const task of findAssignedTasks(search, read, options)) {
        tally.add(task);
        progress.update(tally.tasks);
        yield task;
      }
    }
    let input: Input | undefined;
    try {
      input = await setTasksAside(counted(), surroundings);
      const plan = tally.plan(await countInTransition(search, read, options));
      const whyNone = plan.tasks > 0 ? undefined : await reasons(search, selection, plan, options);
      return { input, plan, whyNone };
    } catch (error) {
      await input?.close();
      throw error;
    } finally {
      progress.stop();
    }
  });
}

/** Missing permissions look like no tasks, and so does a slip in a name: asks what tells them apart. */
async function reasons(
  search: TaskSearch,
  { assignees, process }: TaskSelection,
  plan: TaskPlan,
  options: SearchOptions,
): Promise<string> {
  const isUnknown =
    process !== undefined && (await search.count({ processDefinitionId: process }, options)).count === 0;
  const isBlind = (await search.count({}, options)).count === 0;
  return [
    'Found no open task that fits and that somebody has.',
    ...leftOutText(plan.leftOut),
    ...(isUnknown
      ? [
          `The cluster shows no task of the process ${oneLine(process, 200)} at all, neither open nor finished: is that its BPMN id?`,
        ]
      : []),
    ...(assignees === undefined ? [] : ['Assignees are compared letter by letter: demo is not Demo.']),
    isBlind
      ? 'This client sees no task of anybody: it may lack the permission to read them, which looks the same as none.'
      : 'This client sees other tasks. What it may not read it does not find, and no error says so.',
    'Reading needs PROCESS_DEFINITION:READ_USER_TASK for the process (from 8.9 also USER_TASK:READ). To check, look at a ' +
      'task that you know of: GET /v2/user-tasks/<key> answers 403 where the permission is missing.',
  ].join('\n');
}
