import { expect, it } from 'vitest';
import { LARGEST } from '../../../room/files';
import { Staged, filesOf } from './staged';

const file = (name: string, size = 5) => ({ name, size }) as File;

it('keeps what was chosen until it is sent, and what is too large until it is taken away', () => {
  const staged = new Staged();
  staged.add([file('a'), file('huge', LARGEST + 1)]);
  staged.add([file('b')]);
  expect(staged.files.current.map((one) => [one.file.name, one.tooLarge])).toEqual([['a', false], ['huge', true], ['b', false]]);
  staged.remove(staged.files.current[0]?.key ?? 0);
  expect(staged.take().map(({ name }) => name)).toEqual(['b']);
  expect(staged.files.current.map((one) => one.file.name)).toEqual(['huge']);
});

it('takes files of what is dropped, and no folders and words', () => {
  const item = (kind: string, name: string, isDirectory = false) => ({ kind, webkitGetAsEntry: () => ({ isDirectory }), getAsFile: () => file(name) });
  const data = { items: [item('file', 'a'), item('file', 'folder', true), item('string', 'words')] };
  expect(filesOf(data as unknown as DataTransfer).map(({ name }) => name)).toEqual(['a']);
  expect(filesOf(null)).toEqual([]);
});
