// `camunda-unassign/tasks`: finding the tasks of a person in the cluster, to enqueue them.
export { TASK_SEARCH_PROBLEMS, TaskSearchError, type TaskSearchProblem } from '../cluster/search-error.ts';
export { type AssignedTasksOptions, assignedTasks } from './assigned-tasks.ts';
export type { AssignedTask } from './find.ts';
export type { TaskSelection } from './selection.ts';
