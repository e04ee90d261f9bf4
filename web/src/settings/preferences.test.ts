import { expect, test } from 'vitest';
import { PreferenceStore, applyTheme } from './preferences';

function storage(first: string | null = null) {
  const kept = { value: first };
  return { kept, getItem: () => kept.value, setItem: (_key: string, value: string) => void (kept.value = value) };
}

test('what is set is there next time', () => {
  const disk = storage();
  new PreferenceStore(disk).set({ theme: 'dark', name: 'Ada', micOn: false });
  expect(new PreferenceStore(disk).values.current).toEqual({ theme: 'dark', name: 'Ada', shortcuts: true, micOn: false, cameraOn: true, recognise: false });
});

test.each(['', 'no json', 'null', '3', '{"theme":"pink","name":7,"micOn":"yes"}'])('%j on disk is no harm', (text) => {
  expect(new PreferenceStore(storage(text)).values.current).toEqual({ theme: 'system', name: '', shortcuts: true, micOn: true, cameraOn: true, recognise: false });
});

test('a browser that refuses to store still works for this page', () => {
  const refusing = { getItem: () => null, setItem: () => { throw new Error('quota'); } };
  const store = new PreferenceStore(refusing);
  store.set({ name: 'Ada' });
  expect(store.values.current.name).toBe('Ada');
});

test('the theme is an attribute, absent for the system’s', () => {
  const root = { dataset: {} as DOMStringMap } as HTMLElement;
  applyTheme('dark', root);
  expect(root.dataset['theme']).toBe('dark');
  applyTheme('system', root);
  expect('theme' in root.dataset).toBe(false);
});
