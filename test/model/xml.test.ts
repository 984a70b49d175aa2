// The XML reader: places, namespaces, and what a document may not do to the server.
import { describe, expect, test } from 'vitest';
import { MAX_XML_ATTRIBUTES, MAX_XML_CHARACTERS, MAX_XML_DEPTH, MAX_XML_ELEMENTS } from '../../src/model/limits.js';
import { readXml, type XmlElement } from '../../src/model/xml.js';

function rootOf(xml: string): XmlElement {
  const reading = readXml(xml);
  if ('problem' in reading) {
    throw new Error(reading.problem.message);
  }
  return reading.root;
}

function problemOf(xml: string): { rule: string; message: string; line: number; column: number } {
  const reading = readXml(xml);
  if ('root' in reading) {
    throw new Error('the document is read');
  }
  const { rule, message, line, column } = reading.problem;
  return { rule, message, line, column };
}

describe('places', () => {
  test('every element has the line and column of its opening bracket, from 1', () => {
    const root = rootOf('<?xml version="1.0"?>\n<a>\n  <b x="1"\n     y="2"/><c>\n</c>\r\n\t<d/></a>');
    const places = [root, ...root.children].map(({ name, line, column }) => `${name} ${line}:${column}`);
    expect(places).toEqual(['a 2:1', 'b 3:3', 'c 4:13', 'd 6:2']);
  });

  test('a byte order mark is not a column', () => {
    expect(rootOf('\uFEFF<a/>')).toMatchObject({ line: 1, column: 1 });
  });

  test('a document in one line has columns as well', () => {
    expect(rootOf('<a><b/><c/></a>').children.map(({ column }) => column)).toEqual([4, 8]);
  });
});

describe('namespaces', () => {
  test('are resolved whatever the prefix, and an inner declaration wins', () => {
    const root = rootOf('<x:a xmlns:x="one" xmlns="two"><b/><x:c xmlns:x="three" x:k="1" k="2"/></x:a>');
    expect([root, ...root.children].map(({ namespace, name }) => [namespace, name])).toEqual([
      ['one', 'a'],
      ['two', 'b'],
      ['three', 'c'],
    ]);
    expect(root.attributes).toEqual([]);
    expect(root.children[1]?.attributes).toEqual([
      { namespace: 'three', name: 'k', value: '1' },
      { namespace: '', name: 'k', value: '2' },
    ]);
  });

  test('a prefix like a member of objects is a prefix like any other', () => {
    expect(problemOf('<constructor:a/>').rule).toBe('XML_NOT_WELL_FORMED');
    expect(problemOf('<__proto__:a/>').rule).toBe('XML_NOT_WELL_FORMED');
    expect(problemOf('<a constructor:b=""/>').rule).toBe('XML_NOT_WELL_FORMED');
    expect(rootOf('<a toString="1"/>').attributes).toEqual([{ namespace: '', name: 'toString', value: '1' }]);
  });
});

test('text and CDATA of an element are joined', () => {
  expect(rootOf('<a>x &lt; <![CDATA[y < z]]>&#65;<b/></a>').text).toBe('x < y < zA');
});

describe('refused documents', () => {
  const refused: readonly [name: string, xml: string, rule: string, message: string, place: string][] = [
    ['nothing at all', '', 'XML_NOT_WELL_FORMED', 'the file has no XML element', '1:1'],
    ['blanks only', ' \n ', 'XML_NOT_WELL_FORMED', 'the file has no XML element', '1:1'],
    [
      'plain text',
      'hello',
      'XML_NOT_WELL_FORMED',
      'the file is not well-formed XML: non-whitespace before first tag.',
      '1:1',
    ],
    [
      'an element left open',
      '<a>\n<b></b>',
      'XML_NOT_WELL_FORMED',
      'the file is not well-formed XML: unclosed root tag',
      '2:7',
    ],
    [
      'a wrong closing tag',
      '<a>\n  <b></c></a>',
      'XML_NOT_WELL_FORMED',
      'the file is not well-formed XML: unexpected close tag',
      '2:9',
    ],
    ['two roots', '<a/><b/>', 'XML_NOT_WELL_FORMED', 'the file is not well-formed XML: it has two roots', '1:5'],
    [
      'an attribute without quotes',
      '<a b=c/>',
      'XML_NOT_WELL_FORMED',
      'the file is not well-formed XML: unquoted attribute value',
      '1:6',
    ],
    [
      'an attribute given twice',
      '<a>\n<b c="1" c="2"/></a>',
      'XML_NOT_WELL_FORMED',
      'the file is not well-formed XML: attribute c is given twice',
      '2:1',
    ],
    [
      'an unknown prefix',
      '<a>\n <x:b/></a>',
      'XML_NOT_WELL_FORMED',
      'the file is not well-formed XML: unbound namespace prefix: "x:b"',
      '2:7',
    ],
    [
      'an unknown entity',
      '<a>&nbsp;</a>',
      'XML_NOT_WELL_FORMED',
      'the file is not well-formed XML: invalid character entity',
      '1:9',
    ],
    [
      'another encoding',
      '<?xml version="1.0" encoding="ISO-8859-1"?><a/>',
      'XML_ENCODING',
      'the file declares the encoding ISO-8859-1',
      '1:1',
    ],
    [
      'a NUL',
      '<a>\n\u0000</a>',
      'XML_CHARACTER',
      'the file contains the character U+0000, which XML does not allow',
      '2:1',
    ],
    [
      'half of a surrogate pair',
      '<a b="\uD800"/>',
      'XML_CHARACTER',
      'the file contains the character U+D800, which XML does not allow',
      '1:7',
    ],
    [
      'a control character',
      '<a>\u0008</a>',
      'XML_CHARACTER',
      'the file contains the character U+0008, which XML does not allow',
      '1:4',
    ],
    [
      'a document type',
      '<?xml version="1.0"?>\n<!DOCTYPE a>\n<a/>',
      'XML_DOCTYPE',
      'the file has a document type declaration; entities are never expanded here',
      '2:1',
    ],
    [
      'another declaration',
      '<!ELEMENT a><a/>',
      'XML_DOCTYPE',
      'the file has a document type declaration; entities are never expanded here',
      '1:1',
    ],
  ];

  test.each(refused)('%s', (_name, xml, rule, message, place) => {
    const { line, column, ...problem } = problemOf(xml);
    expect({ ...problem, place: `${line}:${column}` }).toEqual({ rule, message, place });
  });

  test('a character that is forbidden is forbidden as a reference too', () => {
    expect(problemOf('<a b="&#0;"/>').rule).toBe('XML_NOT_WELL_FORMED');
    expect(problemOf('<a>&#x1;</a>').rule).toBe('XML_NOT_WELL_FORMED');
    expect(problemOf('<a>&#xFFFE;</a>').rule).toBe('XML_NOT_WELL_FORMED');
  });
});

describe('documents that try to cost more than they are long', () => {
  test('entities that expand to a billion are never declared', () => {
    const entities = Array.from({ length: 9 }, (_, index) => `<!ENTITY e${index + 1} "${`&e${index};`.repeat(10)}">`);
    const bomb = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "x">${entities.join('')}]><a>&e9;</a>`;
    expect(problemOf(bomb).rule).toBe('XML_DOCTYPE');
  });

  test('an external entity is never fetched', () => {
    const external = '<!DOCTYPE a [<!ENTITY secret SYSTEM "file:///etc/passwd">]><a>&secret;</a>';
    expect(problemOf(external).rule).toBe('XML_DOCTYPE');
  });

  test('nesting deeper than the limit ends the reading at that element', () => {
    const deep = (levels: number) => '<a>'.repeat(levels) + '</a>'.repeat(levels);
    expect(rootOf(deep(MAX_XML_DEPTH)).name).toBe('a');
    expect(problemOf(deep(MAX_XML_DEPTH + 1))).toEqual({
      rule: 'XML_TOO_DEEP',
      message: `elements are nested deeper than the limit of ${MAX_XML_DEPTH} levels`,
      line: 1,
      column: MAX_XML_DEPTH * 3 + 1,
    });
    const million = readXml('<a>'.repeat(1_000_000));
    expect(million.events).toBe(MAX_XML_DEPTH + 1);
  });

  test('a file longer than the limit is not parsed at all', () => {
    const reading = readXml(`<a>${' '.repeat(MAX_XML_CHARACTERS)}</a>`);
    expect(reading).toMatchObject({ problem: { rule: 'XML_TOO_LARGE', line: 1, column: 1 }, events: 0 });
  });

  test('a file with more elements than the limit is left at the first that is too many', () => {
    expect(problemOf(`<a>\n${'<b/>'.repeat(MAX_XML_ELEMENTS)}</a>`)).toEqual({
      rule: 'XML_TOO_LARGE',
      message: `the file has more than ${MAX_XML_ELEMENTS} XML elements`,
      line: 2,
      column: 4 * (MAX_XML_ELEMENTS - 1) + 1,
    });
  });

  test('an element with a million attributes is left after the first piece of the file', () => {
    const attributes = Array.from({ length: 1_000_000 }, (_, index) => `a${index}="" `).join('');
    expect(problemOf(`<a>\n<b ${attributes}/></a>`)).toEqual({
      rule: 'XML_TOO_LARGE',
      message: `an element has more than ${MAX_XML_ATTRIBUTES} attributes`,
      line: 2,
      column: 1,
    });
  });

  test('a declaration that never ends is left after the first piece of the file', () => {
    expect(problemOf(`<!${'x'.repeat(5_000_000)}`).rule).toBe('XML_DOCTYPE');
    expect(problemOf(`<!DOCTYPE a [${'x'.repeat(5_000_000)}`).rule).toBe('XML_DOCTYPE');
  });

  test('an attribute, a comment and a text of a megabyte each are read', () => {
    const long = 'x'.repeat(1_000_000);
    const root = rootOf(`<a b="${long}"><!--${long}-->${long}</a>`);
    expect([root.attributes[0]?.value.length, root.text.length]).toEqual([1_000_000, 1_000_000]);
  });
});
