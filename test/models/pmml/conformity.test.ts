import { describe, expect, test } from 'vitest'
import { document, prepare, refusal, schema } from './documents.ts'

const fields = { x: 'double', y: 'double' }
const tree = (attributes: string, inner: string) =>
  document(fields, `<TreeModel functionName="regression"${attributes}>${schema(['x'])}${inner}</TreeModel>`)
const leaf = '<Node score="1"><True/></Node>'

describe('what could change scores is refused with its place', () => {
  test.each([
    [
      'an element that PMML does not have',
      tree('', '<Node score="1">\n<SimplePredicat field="x" operator="equal" value="1"/></Node>'),
      'element SimplePredicat at line 3, column 1: is not an element of PMML, it stands in Node; did you mean "SimplePredicate"?',
    ],
    [
      'an element in the wrong place',
      tree('', `<RegressionTable intercept="1"/>${leaf}`),
      'may not stand in TreeModel; allowed there: MiningSchema, Output,',
    ],
    ['a second one', tree('', `${leaf}${leaf}`), 'is one too many: TreeModel at line 2 has an element Node already'],
    [
      'a second one of a group',
      tree('', '<Node score="1"><True/><False/></Node>'),
      'is one too many: Node at line 2 has a predicate already',
    ],
    [
      'an attribute that is not implemented',
      document(
        { s: 'string', y: 'double' },
        `<RegressionModel functionName="regression">${schema(['s'])}<LocalTransformations><DerivedField name="d" optype="continuous" dataType="double"><NormDiscrete field="s" value="a" method="thermometer"/></DerivedField></LocalTransformations><RegressionTable intercept="1"/></RegressionModel>`,
      ),
      'element NormDiscrete at line 2, column 460 uses method="thermometer" (known: indicator), which is not supported',
    ],
  ])('%s', async (_, xml, message) => {
    expect((await refusal(xml)).message).toContain(message)
  })

  test('another version or namespace', async () => {
    const xml = tree('', leaf)
    expect((await refusal(xml.replace('version="4.4"', 'version="5.0"'))).message).toContain(
      'uses version="5.0" (known: 3.0 to 4.4)',
    )
    expect((await refusal(xml.replace('http://www.dmg.org/PMML-4_4', 'urn:x'))).message).toContain(
      'the namespace is "urn:x"',
    )
    for (const version of ['3.0', '4.4.1']) await prepare(xml.replace('version="4.4"', `version="${version}"`))
    await prepare(xml.replace(' version="4.4"', ''))
  })
})

test('attributes that PMML does not have are passed over and noted once, the nearest one named', async () => {
  const { notes } = await prepare(
    tree(
      ' missingValueStrategi="x"',
      '<Node score="1" color="red"><True/><Node score="2" color="blue"><True/></Node></Node>',
    ),
  )
  expect(notes).toEqual([
    'attribute "missingValueStrategi" of TreeModel at line 2, column 239 is not in PMML and is passed over; did you mean "missingValueStrategy"?',
    'attribute "color" of Node at line 2, column 395, 2 times is not in PMML and is passed over',
  ])
  expect((await prepare(tree(' x-mathContext="float" modelName="m"', leaf))).notes).toEqual([])
})

test('models beside the scored one, and extensions, may hold anything', async () => {
  const xml = tree('', `<Extension><What/></Extension>${leaf}`).replace(
    '</PMML>',
    '<TextModel functionName="classification"><What/></TextModel></PMML>',
  )
  expect((await prepare(xml)).notes).toEqual([])
})
