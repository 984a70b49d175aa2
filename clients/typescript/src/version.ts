// Owns the name of this library, as servers log it. A test compares it with package.json.

export const clientName = 'typescript 0.1.0';
