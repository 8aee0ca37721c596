import { chromium, type Browser } from 'playwright-core';
import { ensureProgram } from '../../scripts/system-package.mjs';

/** A headless Chromium of the system, which has to be closed. It speaks to this machine alone. */
export async function openBrowser(): Promise<Browser> {
  const executablePath = await ensureProgram({
    commands: ['chromium', 'chromium-browser', 'google-chrome'],
    systemPackage: 'chromium',
    otherWays: 'put chromium on PATH',
    log: () => undefined,
  });
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
