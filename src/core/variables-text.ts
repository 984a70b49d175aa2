/** Lists of variables as one JSON text: what an instance was started with, what a message brings. */
import type { VariableChange } from './command.js';
import type { VariableData } from './state.js';

/** The text of a list of {name, encoding, value, encrypted}; put together by hand, since every start has it. */
export function variablesText(variables: readonly VariableChange[]): string | null {
  if (variables.length === 0) return null;
  const texts = variables.map(({ name, data }) => {
    const key = `"name":${JSON.stringify(name)}`;
    if (data === null) return `{${key}}`;
    const { encoding, value, encrypted } = data;
    return `{${key},"encoding":${JSON.stringify(encoding)},"value":${JSON.stringify(value)},"encrypted":${encrypted}}`;
  });
  return `[${texts.join(',')}]`;
}

export function variablesOfText(text: string | null): readonly VariableChange[] {
  if (text === null) return [];
  const list = JSON.parse(text) as readonly (Partial<VariableData> & { readonly name: string })[];
  return list.map(({ name, encoding, value, encrypted }) =>
    encoding === undefined || value === undefined
      ? { name, data: null }
      : { name, data: { encoding, value, encrypted: encrypted ?? false } },
  );
}
