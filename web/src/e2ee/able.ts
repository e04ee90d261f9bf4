/** Whether this browser can take part in end-to-end encryption: WebAssembly, frames that can be transformed, Ed25519. */
export async function canTakePart(): Promise<boolean> {
  if (typeof WebAssembly !== 'object' || typeof RTCRtpScriptTransform !== 'function') return false;
  try {
    await crypto.subtle.generateKey('Ed25519', false, ['sign', 'verify']);
    return true;
  } catch {
    return false;
  }
}
