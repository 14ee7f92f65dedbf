/** @file Installs Firefox and WebKitGTK for the tests of other browser engines, where Debian's packages can be had. */

import { existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { runCommand } from './tools.mjs';

/** What makes an engine complete, and the Debian packages that bring it. */
const ENGINES = [
  {
    name: 'Firefox',
    isThere: () => (onPath('firefox-esr') || onPath('firefox')) && onPath('pulseaudio'),
    packages: ['firefox-esr', 'pulseaudio'],
  },
  {
    name: 'WebKitGTK',
    isThere: () => onPath('WebKitWebDriver') && onPath('Xvfb') && hasMiniBrowser(),
    packages: ['webkit2gtk-driver', 'libwebkit2gtk-4.1-0', 'xvfb'],
  },
];

/** @param {string} program */
function onPath(program) {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => folder && existsSync(join(folder, program)));
}

function hasMiniBrowser() {
  if (!existsSync('/usr/lib')) return false;
  return readdirSync('/usr/lib').some((folder) => existsSync(`/usr/lib/${folder}/webkit2gtk-4.1/MiniBrowser`));
}

/** Installs what is missing. Without success the tests of that engine are skipped, which is printed. */
export async function installEngines() {
  const missing = ENGINES.filter(({ isThere }) => !isThere());
  if (missing.length > 0 && process.platform === 'linux' && process.getuid?.() === 0 && onPath('apt-get')) {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    await runCommand('apt-get', ['update', '-q'], { env });
    for (const { packages } of missing) {
      await runCommand('apt-get', ['install', '-y', '-q', '--no-install-recommends', ...packages], { env });
    }
  }
  for (const { name, isThere, packages } of ENGINES) {
    if (!isThere()) console.log(`${name} is not installed (${packages.join(', ')}): its tests are skipped.`);
  }
}
