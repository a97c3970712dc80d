import { expect, it } from 'vitest'
import { openUsable } from '../../../src/models/tensorflow/usable-outputs.ts'
import { n, plainGraph, type } from '../../support/tensorflow-model.ts'

const T = type('T', 'DT_FLOAT')
const text = [
  n('x', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
  n('label', 'Placeholder', [], type('dtype', 'DT_FLOAT')),
  n('y', 'Neg', ['x'], T),
  n('z', 'Exp', ['x'], T),
  n('loss', 'HandMadeLoss', ['x', 'label'], T),
]
const keys = (files: ReturnType<typeof plainGraph>, choice = {}) => {
  const { model, notes } = openUsable(files, choice, 'm')
  return [model.signatures[0]?.inputs.map(({ key }) => key), model.signatures[0]?.outputs.map(({ key }) => key), notes]
}

it('leaves out outputs of a graph that cannot be translated, with a note, and the inputs that only they need', () => {
  expect(keys(plainGraph(text.join(' ')))).toEqual([
    ['x'],
    ['y', 'z'],
    [expect.stringContaining('output "loss" is left out: m: node "loss" (HandMadeLoss)')],
  ])
})

it('leaves out nothing where outputs are named, or none is left', () => {
  expect(keys(plainGraph(text.join(' ')), { fetches: ['loss', 'y'] })).toEqual([['x', 'label'], ['loss', 'y'], []])
  expect(keys(plainGraph([text[0], text[1], text[4]].join(' ')))).toEqual([['x', 'label'], ['loss'], []])
  expect(keys(plainGraph(text.slice(0, 4).join(' ')))).toEqual([['x'], ['y', 'z'], []])
})

it('tries no outputs one by one where there are very many', () => {
  const many = Array.from({ length: 30 }, (_, i) => n(`y${i}`, 'Neg', ['x'], T))
  const [, outputs, notes] = keys(plainGraph([...text, ...many].join(' ')))
  expect([outputs?.length, notes]).toEqual([33, []])
})
