// Debian's Chromium and Firefox, each with a profile of its own that trusts the
// server's CA, so that no certificate error is ignored.
import pw from 'playwright-core';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const chromiumArgs = [
  '--no-sandbox',
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-select-desktop-capture-source=Entire screen',
  '--autoplay-policy=no-user-gesture-required',
  '--disable-background-timer-throttling',
  '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows',
  '--disable-quic',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];

const firefoxPrefs = {
  'media.navigator.streams.fake': true,
  'media.navigator.permission.disabled': true,
  'media.autoplay.default': 0,
  'media.autoplay.blocking_policy': 0,
  'media.peerconnection.ice.obfuscate_host_addresses': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'datareporting.healthreport.uploadEnabled': false,
  'app.normandy.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
};

function trust(db, ca) {
  mkdirSync(db, { recursive: true });
  execFileSync('certutil', ['-d', `sql:${db}`, '-N', '--empty-password']);
  execFileSync('certutil', ['-d', `sql:${db}`, '-A', '-t', 'C,,', '-n', 'roundel', '-i', ca]);
}

// Chromium takes this niceness for some of its threads where it may.
const NICE = -8;

/** A program that runs another at NICE, where that is allowed. */
function nicer(home, program) {
  const script = join(home, 'nicer');
  writeFileSync(script, `#!/bin/sh\nexec nice -n ${NICE} ${program} "$@"\n`, { mode: 0o755 });
  return script;
}

/**
 * Opens one browser: kind 'chromium' or 'firefox', with prefs of Firefox. Returns { newPage, close }:
 * in Chromium each page has a context (cookies) of its own; Firefox's pages
 * share one profile, so open a second Firefox for a second person. A name is found at
 * the address `at`, if both are given. With even, all threads of a browser have the
 * same priority, as they would on a device of their own.
 */
export async function openBrowser(kind, ca, { viewport = { width: 1280, height: 800 }, permissions = true, prefs = {}, even = false, name = '', at = '', ...context } = {}) {
  const program = (path) => (even ? nicer(home, path) : path);
  const home = mkdtempSync(join(tmpdir(), `roundel-${kind}-`));
  const env = { ...process.env, HOME: home };
  if (kind === 'firefox') {
    const profile = join(home, 'profile');
    trust(profile, ca);
    const ctx = await pw.firefox.launchPersistentContext(profile, {
      channel: 'moz-firefox',
      executablePath: program('/usr/bin/firefox-esr'),
      headless: true,
      firefoxUserPrefs: { ...firefoxPrefs, ...(name && { 'network.dns.forceResolve': at }), ...prefs },
      env,
      viewport,
      ...context,
    });
    return {
      kind,
      // The first page stays: a profile without a page closes its browser.
      newPage: () => ctx.newPage(),
      close: async () => {
        await ctx.close();
        rmSync(home, { recursive: true, force: true });
      },
    };
  }
  trust(join(home, '.pki/nssdb'), ca);
  const args = permissions ? [...chromiumArgs] : chromiumArgs.filter((a) => a !== '--use-fake-ui-for-media-stream');
  if (name) args.push(`--host-resolver-rules=MAP ${name} ${at}`);
  const browser = await pw.chromium.launch({ executablePath: program('/usr/bin/chromium'), headless: true, args, env });
  return {
    kind,
    newPage: async (options = {}) => (await browser.newContext({ viewport, ...context, ...options })).newPage(),
    close: async () => {
      await browser.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}
