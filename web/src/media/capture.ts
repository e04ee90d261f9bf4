import type { CaptureProblem, Permission } from '../room/model';

/** Where a person who plays music turns sound processing off. */
export const ORIGINAL_SOUND_KEY = 'roundel.originalSound';

/** What getUserMedia is asked for: the chosen device if it is still there, else any. */
export function micConstraints(id: string, originalSound: boolean): MediaTrackConstraints {
  const processing = !originalSound;
  return {
    ...(id ? { deviceId: { ideal: id } } : {}),
    echoCancellation: processing,
    noiseSuppression: processing,
    autoGainControl: processing,
  };
}

/** 720p at 30 pictures a second, or what the device has. */
export function cameraConstraints(id: string): MediaTrackConstraints {
  return {
    ...(id ? { deviceId: { ideal: id } } : {}),
    width: { ideal: 1280 },
    height: { ideal: 720 },
    frameRate: { ideal: 30 },
  };
}

/** A shared screen with its sound where there is some; text stays sharp at 15 pictures a second. */
export const SCREEN_CONSTRAINTS: DisplayMediaStreamOptions = {
  video: { frameRate: { ideal: 15, max: 30 } },
  audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
};

/**
 * Why capture failed, from the exception of getUserMedia or getDisplayMedia
 * (Media Capture and Streams, 10.2) and what the browser says of the permission
 * afterwards: a question that was closed unanswered leaves it at "prompt".
 */
export function problemOf(error: unknown, after: Permission): CaptureProblem {
  const name = error instanceof Error ? error.name : '';
  switch (name) {
    case 'NotAllowedError':
    case 'SecurityError':
      return after === 'prompt' ? 'dismissed' : 'denied';
    case 'NotFoundError':
      return 'notFound';
    case 'NotReadableError':
    case 'AbortError':
      return 'inUse';
    case 'OverconstrainedError':
      return 'overconstrained';
    case 'NotSupportedError':
    case 'TypeError':
      return 'unsupported';
    default:
      return 'unknown';
  }
}

/** What stands in the way before asking, or null. */
export function obstacle(): CaptureProblem | null {
  if (!globalThis.isSecureContext) return 'insecure';
  return navigator.mediaDevices ? null : 'unsupported';
}

/** What the browser says of a permission; unknown where it does not tell. */
export async function permissionOf(kind: 'microphone' | 'camera'): Promise<Permission> {
  try {
    // Not every browser knows these two names; those that do not reject.
    const status = await navigator.permissions.query({ name: kind as PermissionName });
    return status.state;
  } catch {
    return 'unknown';
  }
}
