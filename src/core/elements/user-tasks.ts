/** The user task: a person does the work, and its end is the person's. */
import type { UserTask } from '../../model/process.js';
import { createUserTask } from '../user-tasks.js';
import type { Behavior } from './behavior.js';
import { begin, finish, openOne, raise } from './lifecycle.js';

export const userTask: Behavior<UserTask> = {
  arrive(x, element, scope, arrival) {
    this.enter(x, element, openOne(x, element, scope, arrival));
  },
  enter(x, element, ei) {
    if (!begin(x, element, ei)) return;
    const failure = createUserTask(x, ei, element.userTask);
    if (failure !== undefined) raise(x, ei, 'ENTER', failure);
  },
  leave: finish,
};
