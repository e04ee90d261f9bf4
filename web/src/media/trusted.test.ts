import { describe, expect, it } from 'vitest';
import { allowWorker } from './trusted';

const page = 'https://meet.example/j/0123456789';
const known = ['/assets/media-worker-abc.js'];

describe('allowWorker', () => {
  it('lets the worker of the build through', () => {
    expect(allowWorker('/assets/media-worker-abc.js', known, page)).toBe('https://meet.example/assets/media-worker-abc.js');
  });

  it.each([
    ['another file', '/assets/other.js', known],
    ['another origin', 'https://evil.example/assets/media-worker-abc.js', known],
    ['text as a script', 'data:text/javascript,alert(1)', known],
    ['a way around', '/assets/media-worker-abc.js/../other.js', known],
    ['a build that points elsewhere', 'https://cdn.example/w.js', ['https://cdn.example/w.js']],
  ])('refuses %s', (_, url, allowed) => expect(() => allowWorker(url, allowed, page)).toThrow(TypeError));
});
