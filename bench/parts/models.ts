/** Other processes than the plain one, under the same load and compared to it. */
import type { Context } from '../context.js';
import { deploy, measure } from '../counting.js';
import { fork, type Model, realistic, tenTasks } from '../models.js';
import { atLeast, type Part, rounded, type Target } from '../part.js';
import { plainPerSecond } from './stream.js';

/** Tasks a second are compared to the instances a second of the plain process, which has one task. */
const asManyTasks: Target = atLeast(1);

export const realisticModel = modelPart('realistic', {
  about: 'start -> exclusive gateway with three FEEL conditions over ten variables -> task with mappings -> end',
  model: realistic,
  target: atLeast(0.7),
});

export const tenTasksModel = modelPart('ten_tasks', {
  about: 'ten service tasks in a row, in tasks a second',
  model: tenTasks,
  target: asManyTasks,
});

export const forkModel = modelPart('fork_tasks', {
  about: 'a fork into ten service tasks and their join, in tasks a second',
  model: fork,
  target: asManyTasks,
});

interface Compared {
  readonly about: string;
  readonly model: Model;
  /** Of the ratio to the plain process. */
  readonly target: Target;
}

function modelPart(name: string, { about, model, target }: Compared): Part {
  return {
    name,
    about,
    keys: [`${name}_per_s`],
    targets: { [`${name}_ratio`]: target },
    model,
    async run(context: Context) {
      const plain = await plainPerSecond(context);
      const { database, server } = await context.site();
      await deploy(server.address, model);
      const { tasksPerSecond } = await measure(context, database, [server], model);
      return {
        plain_per_s: Math.round(plain),
        [`${name}_per_s`]: Math.round(tasksPerSecond),
        [`${name}_ratio`]: rounded(tasksPerSecond / plain),
      };
    },
  };
}
