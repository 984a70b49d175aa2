/** Settings for commands: read, or refused with all that is wrong with them. */
import { describeProblem, type SettingsReading } from '../config.js';
import { CliError } from './cli-error.js';

export function settingsOf<T>(reading: SettingsReading<T>): {
  readonly settings: T;
  readonly unknownVariables: readonly string[];
} {
  if ('settings' in reading) return reading;
  const lines = reading.problems.map(describeProblem);
  throw new CliError(
    'SETTINGS_INVALID',
    `${lines.length === 1 ? 'a setting is' : `${lines.length} settings are`} not usable`,
    lines,
  );
}
