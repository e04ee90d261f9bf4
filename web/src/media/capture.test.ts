import { describe, expect, it } from 'vitest';
import type { Permission } from '../room/model';
import { cameraConstraints, micConstraints, problemOf } from './capture';

const error = (name: string) => Object.assign(new Error(name), { name });

describe('problemOf', () => {
  it.each<[string, Permission, string]>([
    ['NotAllowedError', 'denied', 'denied'],
    ['NotAllowedError', 'prompt', 'dismissed'],
    ['NotAllowedError', 'unknown', 'denied'],
    ['SecurityError', 'unknown', 'denied'],
    ['NotFoundError', 'granted', 'notFound'],
    ['NotReadableError', 'granted', 'inUse'],
    ['AbortError', 'granted', 'inUse'],
    ['OverconstrainedError', 'granted', 'overconstrained'],
    ['TypeError', 'unknown', 'unsupported'],
    ['Whatever', 'granted', 'unknown'],
  ])('%s with permission %s is %s', (name, after, want) => expect(problemOf(error(name), after)).toBe(want));

  it('takes what is no error for unknown', () => expect(problemOf('no', 'granted')).toBe('unknown'));
});

describe('constraints', () => {
  it('ask for the chosen device without insisting', () => {
    expect(cameraConstraints('c1').deviceId).toEqual({ ideal: 'c1' });
    expect('deviceId' in cameraConstraints('')).toBe(false);
  });

  it.each([
    [false, true],
    [true, false],
  ])('original sound %s means processing %s', (original, processing) => {
    expect(micConstraints('', original)).toEqual({ echoCancellation: processing, noiseSuppression: processing, autoGainControl: processing });
  });
});
