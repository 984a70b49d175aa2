/** Writes blocks (`scenario-blocks.ts`) as elements and arrows. */

import type { Activity, Block, Catcher, Listens } from './scenario-blocks.js';
import {
  alwaysInterrupts,
  BEGINS,
  definitionOf,
  GIVEN,
  KEY,
  LASTS,
  needsAll,
  waiting,
} from './scenario-definitions.js';
import {
  adHoc,
  all,
  boundary,
  CANCEL,
  callOf,
  catching,
  compensation,
  complex,
  type Definition,
  type ElementSpec,
  each,
  endWith,
  error,
  escalation,
  eventGateway,
  eventSubProcess,
  link,
  listening,
  manual,
  message,
  type ProcessSpec,
  receive,
  repeat,
  script,
  signal,
  startOn,
  subProcess,
  task,
  throwing,
  transaction,
  undoneBy,
  user,
} from './scenario-model.js';
import {
  type Chosen,
  type Exits,
  isActivity,
  isEnd,
  type Named,
  NOWHERE,
  type Scope,
  TASKS,
  type Writers,
} from './scenario-parts.js';

function heard(element: ElementSpec, listens: Listens): ElementSpec {
  return listens.length === 0 ? element : listening(element, ...listens);
}

export class Writer {
  readonly counters: string[] = [];
  /** Those that are called. */
  readonly processes: ProcessSpec[] = [];
  private count = 0;
  private arrows: string[] = [];
  private elements: Record<string, ElementSpec> = {};
  /** Activities of the scope that is being written which something undoes. */
  private undoable: string[] = [];
  /** The activity that is being written may have what undoes it inside. */
  private undoneInside = true;
  /** What is being written is directly in a transaction. */
  private isCancellable = false;
  /** What is being written is directly in an ad-hoc sub-process. */
  private isAdHoc = false;

  /** The process that is started: it begins by a call, by a message or by a signal. */
  process(body: Block): Scope {
    return this.scope(body, () => {
      const others = [message(BEGINS), signal(BEGINS)].map((definition) => this.startsOn(definition));
      return this.to([`${this.fresh('start')} -`, ...others.flat()], 'merge');
    });
  }

  private startsOn(definition: Definition): Exits {
    const id = this.fresh('start');
    this.elements[id] = { ...startOn(definition), attributes: {} };
    return [`${id} -`];
  }

  /** A scope with one start; the events that are watched in it are event sub-processes. */
  scope(
    body: Block,
    begin: () => Exits = () => [`${this.fresh('start')} -`],
    mayBeUndone = false,
    isTransaction = false,
  ): Scope {
    return this.inside(() => {
      this.isCancellable = isTransaction;
      this.to(this.branch(begin(), body.type === 'watched' ? body.body : body), 'end');
      if (body.type === 'watched') for (const catcher of body.catchers) this.watch(catcher);
      if (body.type === 'watched' && body.undo !== null && mayBeUndone) this.begun(body.undo, compensation(), true);
    });
  }

  private inside(write: () => void): Scope {
    const { arrows, elements, undoable, isCancellable, isAdHoc } = this;
    Object.assign(this, { arrows: [], elements: {}, undoable: [], isCancellable: false, isAdHoc: false });
    write();
    const scope = { arrows: this.arrows.join('\n'), elements: this.elements };
    Object.assign(this, { arrows, elements, undoable, isCancellable, isAdHoc });
    return scope;
  }

  private watch({ event, interrupting, body }: Catcher): void {
    this.begun(body, definitionOf(event), interrupting || alwaysInterrupts(event), needsAll(event));
  }

  private begun(body: Block, definition: Definition, interrupting: boolean, isAll = false): void {
    const scope = this.scope(body, () => {
      const id = this.fresh('start');
      const start = startOn(definition, { interrupting });
      this.elements[id] = isAll ? all(start) : start;
      return [`${id} -`];
    });
    this.elements[this.fresh('on')] = eventSubProcess(scope.arrows, scope.elements);
  }

  private attach(activity: string, catchers: readonly Catcher[]): Exits {
    return catchers.flatMap(({ event, interrupting, body }) => {
      const id = this.fresh('at');
      const border = boundary(activity, definitionOf(event), { interrupting: interrupting || alwaysInterrupts(event) });
      this.elements[id] = needsAll(event) ? all(border) : border;
      return this.branch([`${id} -`], body);
    });
  }

  private undo(activity: string, undo: Activity): void {
    const [prefix, element] = this.activity(undo);
    Object.assign(this.elements, undoneBy(activity, this.fresh(`un-${prefix}`), element));
    this.undoable.push(activity);
  }

  private chosen({ choices, active, sequential, until, cancelsRemaining, catchers }: Chosen): ElementSpec {
    const { firsts, scope } = this.choices(choices, catchers);
    const ids = active?.map((place) => `"${firsts[place % firsts.length]}"`);
    const spec = {
      sequential,
      ...(ids === undefined ? {} : { active: `[${ids.join(', ')}]` }),
      ...(until === null ? {} : { until, cancelsRemaining }),
    };
    return adHoc(scope.arrows, spec, scope.elements);
  }

  /** Each begins where no flow leads to it. */
  private choices(
    choices: Chosen['choices'],
    catchers: readonly Catcher[],
  ): { readonly firsts: readonly string[]; readonly scope: Scope } {
    const firsts: string[] = [];
    const scope = this.inside(() => {
      this.isAdHoc = true;
      for (const { first, next } of choices) {
        const known = new Set(Object.keys(this.elements));
        const exits = this.branch([NOWHERE], first);
        const isFirst = (id: string) =>
          !known.has(id) && /^(work|ask|receive|pass|compute|sub|call|each|again)\d/.test(id);
        firsts.push(Object.keys(this.elements).find(isFirst) ?? '');
        if (next !== null) this.to(this.branch(exits, next), 'end');
      }
      for (const catcher of catchers) this.watch(catcher);
    });
    return { firsts, scope };
  }

  private fresh(prefix: string): string {
    this.count += 1;
    return `${prefix}${this.count}`;
  }

  private to(exits: Exits, prefix: string, element?: ElementSpec): Exits {
    if (exits.length === 0) return [];
    if (this.isAdHoc && isEnd(prefix, element)) {
      // It has no end events: what ends there ends behind an event that throws.
      this.to(exits, 'mark', throwing(/error|cancel|terminate/.test(element?.body ?? '') ? '' : (element?.body ?? '')));
      return [];
    }
    const id = this.fresh(prefix);
    for (const exit of exits) if (exit !== NOWHERE) this.arrows.push(`${exit}> ${id}`);
    if (element !== undefined) this.elements[id] = element;
    return [`${id} -`];
  }

  private after(exits: Exits, label: string): Exits {
    return exits.map((exit) => `${exit}[${label}]-`);
  }

  private branch(from: Exits, body: Block): Exits {
    if (from.length === 0) return [];
    if (!isActivity(body)) return this.write[body.type](body as never, from);
    const [prefix, element] = this.activity(body);
    return this.to(from, prefix, element);
  }

  /** What is undone from outside has nothing inside that undoes it. */
  private activity(body: Activity, isUndone = false): Named {
    const isUnit = this.undoneInside;
    this.undoneInside = !isUndone;
    const named = this.activities[body.type](body as never, []);
    this.undoneInside = isUnit;
    return named;
  }

  /** What is no activity by itself, or repeats already, is put into a sub-process. */
  private asActivity(body: Block): ElementSpec {
    if (body.type === 'chosen') return this.chosen(body);
    const isPlain = isActivity(body) && body.type !== 'each' && body.type !== 'again';
    return this.activity(isPlain ? body : { type: 'sub', local: null, body }, !this.undoneInside)[1];
  }

  private readonly activities: Writers<Activity, Named> = {
    service: ({ task: kind, mapped, listens }) => {
      const mappings = { inputs: { x: '= y + 1' }, outputs: { z: '= if x > 50 then 0 else x' } };
      return ['work', heard(TASKS[kind](mapped ? mappings : {}), listens)];
    },
    user: () => ['ask', user()],
    receive: ({ message: name, listens }) => ['receive', heard(receive(name, KEY), listens)],
    pass: ({ task: kind }) => ['pass', kind === 'task' ? task() : manual()],
    script: ({ target, left, right }) => ['compute', script(target, `if ${left} > 50 then 0 else ${left} + ${right}`)],
    sub: ({ local, body }) => {
      const { arrows, elements } = this.scope(body, undefined, this.undoneInside);
      const mappings = local === null ? {} : { inputs: { [local]: '= y' }, outputs: { x: `= ${local}` } };
      return ['sub', subProcess(arrows, elements, mappings)];
    },
    /** With data of its own, or with all that there is. */
    call: ({ own, body }) => {
      const known = this.counters.length;
      const id = this.fresh('called');
      this.processes.push({ id, ...this.scope(body) });
      const counters = this.counters.slice(known).map((counter) => [counter, '= 0']);
      const inputs = { x: '= y', y: '= z', z: '= x', ...Object.fromEntries(counters) };
      const spec = { inputs, outputs: { y: '= x' }, allIn: false, allOut: false };
      return ['call', callOf(id, own ? spec : { allIn: true, allOut: true })];
    },
    /** The item hides the variable of that name. */
    each: ({ items, item, sequential, enough, body }) => [
      'each',
      each(this.asActivity(body), {
        collection: `[${items.join(', ')}]`,
        item,
        sequential,
        output: [this.fresh('list'), `x + ${item}`],
        ...(enough === null ? {} : { until: `numberOfCompletedInstances >= ${enough}` }),
      }),
    ],
    again: ({ rounds, testBefore, body }) => [
      'again',
      repeat(this.asActivity(body), { condition: `loopCounter < ${rounds}`, testBefore }),
    ],
  };

  private readonly write: Writers<Exclude<Block, Activity>, Exits> = {
    sequence: ({ blocks }, from) => blocks.reduce((exits, body) => this.branch(exits, body), from),
    exclusive: ({ condition: isTrue, taken, otherwise }, from) => {
      const gateway = this.to(from, 'choose');
      const exits = [
        ...this.branch(this.after(gateway, isTrue), taken),
        ...this.branch(this.after(gateway, 'default'), otherwise),
      ];
      return this.to(exits, 'merge');
    },
    parallel: ({ branches }, from) => {
      const fork = this.to(from, 'fork');
      return this.to(
        branches.flatMap((body) => this.branch(this.to(fork, 'pass', task()), body)),
        'join',
      );
    },
    loop: ({ rounds, body }, from) => {
      const counter = this.fresh('i');
      this.counters.push(counter);
      const again = this.to(from, 'merge');
      const exits = this.branch(this.to(again, 'count', script(counter, `${counter} + 1`)), body);
      const choice = this.to(exits, 'choose');
      const target = again[0]?.replace(' -', '') ?? '';
      for (const exit of this.after(choice, `${counter} < ${rounds}`)) this.arrows.push(`${exit}> ${target}`);
      return this.after(choice, 'default');
    },
    /** Conditional flows out of an activity; each of its tokens goes its own way to the end. */
    inclusive: ({ left, right, a, b }, from) => {
      const activity = this.to(from, 'pass', task());
      this.to(this.branch(this.after(activity, left), a), 'end');
      this.to(this.branch(this.after(activity, right), b), 'end');
      return this.after(activity, 'default');
    },
    /** An inclusive split and its join, which also gets what a loop around it or an end inside it leaves. */
    several: ({ left, right, branches }, from) => {
      const split = this.to(from, 'split');
      const labels = [left, right, 'default'];
      const exits = branches.flatMap((body, index) => this.branch(this.after(split, labels[index] ?? ''), body));
      return this.to(exits, 'gather');
    },
    enough: ({ needed, branches, late }, from) => {
      const fork = this.to(from, 'fork');
      const arrived = branches.flatMap((body) => this.branch(this.to(fork, 'pass', task()), body));
      const gateway = this.to(arrived, 'enough', complex(`activationCount >= ${needed}`));
      if (late === null) return gateway;
      this.to(this.branch(this.after(gateway, 'not(waitingForStart)'), late), 'end');
      return this.after(gateway, 'waitingForStart');
    },
    guarded: ({ body, catchers, undo }, from) => {
      if (from.length === 0) return [];
      const [prefix, element] = this.activity(body, undo !== null);
      const exits = this.to(from, prefix, element);
      const activity = exits[0]?.replace(' -', '') ?? '';
      if (undo !== null) this.undo(activity, undo);
      return this.to([...exits, ...this.attach(activity, catchers)], 'merge');
    },
    transaction: ({ body, catchers, cancelled, undo }, from) => {
      if (from.length === 0) return [];
      const { arrows, elements } = this.scope(body, undefined, undo === null, true);
      const exits = this.to(from, 'trip', transaction(arrows, elements));
      const activity = exits[0]?.replace(' -', '') ?? '';
      if (undo !== null) this.undo(activity, undo);
      const id = this.fresh('off');
      this.elements[id] = boundary(activity, CANCEL);
      const others = [...this.branch([`${id} -`], cancelled), ...this.attach(activity, catchers)];
      return this.to([...exits, ...others], 'merge');
    },
    chosen: (body, from) => (from.length === 0 ? [] : this.to(from, 'chosen', this.chosen(body))),
    cancel: ({ code }, from) => {
      this.to(from, 'cancel', endWith(this.isCancellable ? CANCEL : error(code)));
      return [];
    },
    watched: (body, from) => {
      const { arrows, elements } = this.scope(body, undefined, true);
      return this.to(from, 'sub', subProcess(arrows, elements));
    },
    compensate: ({ named, waits, ends }, from) => {
      const activity = named === null ? undefined : this.undoable[named % this.undoable.length];
      const event = (ends ? endWith : throwing)(compensation(activity, waits));
      const thrown = this.to(from, 'undo', event);
      return ends ? [] : thrown;
    },
    wait: ({ event }, from) => this.to(from, 'wait', waiting(event)),
    race: ({ paths }, from) => {
      const gateway = this.to(from, 'race', eventGateway());
      const exits = paths.map(({ event, body }) =>
        this.branch(this.to(gateway, 'wait', waiting(event, { outputs: { y: '= x' } })), body),
      );
      return this.to(exits.flat(), 'merge');
    },
    tell: ({ message: name, ends }, from) => {
      const told = this.to(from, 'tell', (ends ? endWith : throwing)(message(name, KEY), GIVEN));
      return ends ? [] : told;
    },
    'call out': ({ signal: name, ends }, from) => {
      const thrown = this.to(from, 'shout', (ends ? endWith : throwing)(signal(name), GIVEN));
      return ends ? [] : thrown;
    },
    announce: ({ message: name, signal: shouted, last, code, ends }, from) => {
      const isEnd = ends || last === 'error' || last === 'terminate';
      const definitions = [message(name, KEY), signal(shouted), LASTS[last](code)].join('');
      const thrown = this.to(from, 'announce', (isEnd ? endWith : throwing)(definitions, GIVEN));
      return isEnd ? [] : thrown;
    },
    mark: (_, from) => this.to(from, 'mark', throwing('')),
    link: (_, from) => {
      const name = this.fresh('link');
      this.to(from, 'jump', throwing(link(name)));
      this.elements[name] = catching(link(name));
      return [`${name} -`];
    },
    error: ({ code }, from) => {
      this.to(from, 'throw', endWith(error(code)));
      return [];
    },
    escalate: ({ code, ends }, from) => {
      const escalated = this.to(from, 'escalate', (ends ? endWith : throwing)(escalation(code)));
      return ends ? [] : escalated;
    },
    terminate: (_, from) => {
      this.to(from, 'terminate');
      return [];
    },
  };
}
