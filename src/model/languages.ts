/** The languages that a file says its expressions are written in. */
import { attribute, type XmlElement } from './xml.js';

/** The names that FEEL goes by: `feel`, and its URIs of all DMN versions. */
export function isFeelName(language: string): boolean {
  return /(^|\/)feel(\/|$)/i.test(language.trim());
}

/** Boilerplate that tools write into every file, whatever the expressions in it are. */
export function declaredLanguage(definitions: XmlElement): string | undefined {
  const language = attribute(definitions, 'expressionLanguage');
  return language === undefined || language === '' || /xpath/i.test(language) ? undefined : language;
}
