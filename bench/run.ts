/** Runs parts one after the other: one that fails is told, and the others go on. */
import { Context, type Surroundings } from './context.js';
import type { Figures, Part } from './part.js';

export interface Outcome {
  readonly figures: Figures;
  /** What went wrong, by the name of the part. */
  readonly errors: Readonly<Record<string, string>>;
}

export async function runParts(parts: readonly Part[], surroundings: Surroundings): Promise<Outcome> {
  let figures: Figures = {};
  const errors: Record<string, string> = {};
  for (const part of parts) {
    const context = new Context(surroundings, figures);
    surroundings.progress(`${part.name}: ${part.about}`);
    try {
      const found = await inTime(part, context);
      const missing = part.keys.filter((key) => !(key in found));
      if (missing.length > 0) throw new Error(`it did not say ${missing.join(', ')}`);
      figures = { ...figures, ...found };
    } catch (error) {
      errors[part.name] = told(error);
      surroundings.progress(`${part.name} failed: ${told(error)}`);
    } finally {
      await context.end().catch((error: unknown) => surroundings.progress(`${part.name}: ${told(error)}`));
    }
  }
  return { figures, errors };
}

/** A part that hangs must not keep the others from running. */
async function inTime(part: Part, context: Context): Promise<Figures> {
  const minutes = context.scale.partMinutes;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${minutes} minutes`)), minutes * 60_000);
  });
  try {
    return await Promise.race([part.run(context), late]);
  } finally {
    clearTimeout(timer);
  }
}

function told(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
