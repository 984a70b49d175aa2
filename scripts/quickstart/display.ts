/** What the quickstart shows: plain lines, or a progress display on a terminal. */
import { intro, log, note, outro, spinner, taskLog } from '@clack/prompts';

export interface Display {
  /** Something that takes a while has begun. */
  step(what: string): void;
  done(what: string): void;
  lines(title: string, expected: number): Lines;
  summary(lines: readonly string[]): void;
}

/** What happens to many things at once. */
export interface Lines {
  add(key: string, what: string, how: string): void;
  ended(key: string, how: string): void;
  close(good: boolean): void;
}

export function createDisplay(): Display {
  return process.stdout.isTTY && !process.env.CI ? new TerminalDisplay() : new PlainDisplay();
}

/** Lines with the time since now. */
function lineMaker(): (key: string, what: string, how: string) => string {
  const began = performance.now();
  return (key, what, how) => {
    const seconds = ((performance.now() - began) / 1000).toFixed(2);
    return `${seconds.padStart(6)} s  ${key.padEnd(7)} ${what.padEnd(16)} ${how}`.trimEnd();
  };
}

const print = (text: string) => process.stdout.write(`${text}\n`);

class PlainDisplay implements Display {
  step(what: string): void {
    print(`${what} ...`);
  }

  done(what: string): void {
    print(`${what}.`);
  }

  lines(title: string, expected: number): Lines {
    print(`${title}:`);
    const line = lineMaker();
    let count = 0;
    return {
      add: (key, what, how) => print(line(key, what, how)),
      ended: (key, how) => {
        count += 1;
        print(line(key, `ended (${count} of ${expected})`, how));
      },
      close: () => undefined,
    };
  }

  summary(lines: readonly string[]): void {
    print(`\n${lines.join('\n')}`);
  }
}

class TerminalDisplay implements Display {
  #spinner: ReturnType<typeof spinner> | undefined;

  constructor() {
    intro('Baton');
  }

  step(what: string): void {
    this.#spinner = spinner();
    this.#spinner.start(what);
  }

  done(what: string): void {
    if (this.#spinner === undefined) log.step(what);
    else this.#spinner.stop(what);
    this.#spinner = undefined;
  }

  /** The last lines move while it runs; all of them stay at the end. */
  lines(title: string, expected: number): Lines {
    const progress = taskLog({ title, limit: 14, retainLog: true });
    const line = lineMaker();
    let count = 0;
    return {
      add: (key, what, how) => progress.message(line(key, what, how)),
      ended: (key, how) => {
        count += 1;
        progress.message(line(key, `ended (${count} of ${expected})`, how));
      },
      close: (good) => {
        if (good) progress.success(`${expected} orders ended as they should`, { showLog: true });
        else progress.error('not all orders ended as they should', { showLog: true });
      },
    };
  }

  summary([first = '', ...others]: readonly string[]): void {
    note(others.join('\n').trim(), first);
    outro('Done');
  }
}
